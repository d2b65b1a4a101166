/* SPDX-License-Identifier: Apache-2.0 */
/* Fates, one question at a time. */
#include "approver/fates.h"

#include "shared/log.h"
#include "shared/text.h"

void fates_init(struct fates *f, struct approver *a, size_t provider, fates_cb *cb)
{
	*f = (struct fates){ .a = a, .provider = provider, .cb = cb };
}

static void on_fate(struct fate_ask *ask, const struct fail *why)
{
	struct fates *f = container_of(ask, struct fates, ask);
	struct fate *x = &f->items[f->n++];

	f->asking = false;
	*x = (struct fate){ .known = why->kind == FAIL_NONE,
			    .live = ask->live,
			    .is_private = ask->is_private };
	text_copy(x->incident, sizeof(x->incident), ask->incident);
	text_copy(x->word, sizeof(x->word), ask->word);
	if (!x->known) {
		log_info("recheck.fate_unknown", LOG_T("incident", x->incident),
			 LOG_F(why), LOG_T("then", "nothing-ends"));
	}
	f->cb(f);
}

const struct fate *fates_get(struct fates *f, const char *incident)
{
	static const struct fate resolved = { .known = true, .word = "was resolved" };
	static const struct fate
		later; /* too many at once: the next look has some room */
	struct provider *p = f->a->providers[f->provider];

	if (!p->ops->fate) {
		return &resolved;
	}
	for (size_t i = 0; i < f->n; i++) {
		if (text_same(f->items[i].incident, incident)) {
			return &f->items[i];
		}
	}
	if (f->n == FATES_MAX) {
		return &later;
	}
	if (!f->asking) {
		f->ask = (struct fate_ask){ .cb = on_fate };
		text_copy(f->ask.incident, sizeof(f->ask.incident), incident);
		f->asking = true;
		p->ops->fate(p, &f->ask);
	}
	return NULL;
}

void fates_cancel(struct fates *f)
{
	struct provider *p = f->a ? f->a->providers[f->provider] : NULL;

	if (f->asking && p) {
		p->ops->fate_cancel(p, &f->ask);
	}
	f->asking = false;
}
