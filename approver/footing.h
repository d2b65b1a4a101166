/* SPDX-License-Identifier: Apache-2.0 */
/* What the holder of one grant has now of all that its policy asks for: asked when a
 * snapshot, which is everybody's, does not say it. */
#ifndef APPROVER_FOOTING_H
#define APPROVER_FOOTING_H

#include "accessd/directory.h"
#include "approver/service.h"

struct footing;

/* A question to one provider. */
struct footing_ask {
	struct footing *all;
	struct standing_ask ask;
	bool asking;
};

/* f->facts is as full as it gets; who could not be asked is in there. */
typedef void footing_cb(struct footing *f);

/* The asker embeds it. */
struct footing {
	struct approver *a;
	const struct policy *policy; /* borrowed until cb, as the grant */
	const struct grant_row *grant;
	struct directory_ask member;
	bool asking_member;
	struct person who;
	struct footing_ask asks[PROVIDER_MAX];
	struct facts facts;
	footing_cb *cb;
};

/* Ask only the provider that the grant rests on, which knows them by its own id. */
void footing_ask_own(struct footing *f);

/* Find out who they are, and ask all providers that the policy speaks of. */
void footing_ask_all(struct footing *f);

/* Take back what is asked, and forget what was found out. What is zeroed is fine. */
void footing_finish(struct footing *f);

#endif
