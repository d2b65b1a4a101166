/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of effects that there are, and what becomes of each. */
#ifndef APPROVER_EFFECT_KINDS_H
#define APPROVER_EFFECT_KINDS_H

#include <stdint.h>

#include "accessd/provisioner.h"
#include "accessd/record.h"
#include "shared/retry.h"

enum effect_kind_id {
	EFFECT_NOTICE,
	EFFECT_PROVISION,
	EFFECT_REVOKE,
	EFFECT_EXTEND,
	EFFECT_CLEAR,
	EFFECT_KIND_MAX
};

struct effect_kind {
	const char *word; /* in the ledger */
	struct retry retry;
	int64_t give_up_s; /* after so long it is taken for failed; 0: never */

	/* Those that a provisioner carries out, and where the grant goes: from this state,
	 * as the target confirmed it, or another grant makes it needless; as the target
	 * refused it for good; and as nobody knows. GRANT_STATE_MAX: tried again, or, of
	 * done, it stays where it is. */
	enum provision_action action;
	enum grant_state from, done, refused, uncertain;
};

extern const struct effect_kind effect_kinds[EFFECT_KIND_MAX];

/* NULL: this version knows none of that name. */
const struct effect_kind *effect_kind_find(const char *word);

#endif
