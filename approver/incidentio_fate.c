/* SPDX-License-Identifier: Apache-2.0 */
/* What became of one incident that is not among the live ones:
 *
 *   GET v2/incidents/ID -> the category of its status -> "was resolved"
 *
 * Its absence from a list is not proof enough to take access back: a list may lag, and an
 * incident that was made private is live, though it may not be shown to us. 404 is all
 * that is said of one that is not shown. */
#include "approver/incidentio_fate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approver/desk.h"
#include "approver/incidentio_parse.h"
#include "shared/buf.h"
#include "shared/text.h"
#include "shared/url.h"

struct fate {
	struct rest_read read;
	struct fate_ask *ask; /* NULL: nobody waits any more */
	char category[NAME_SIZE];
	bool is_private;
};

/* Categories of statuses, as the API names them. */
static const struct {
	const char *category;
	const char *word;
} fates[] = {
	{ "canceled", "was canceled" }, { "closed", "was resolved" },
	{ "declined", "was declined" }, { "learning", "was resolved" },
	{ "merged", "was merged" },     { "paused", "was paused" },
	{ "triage", "is in triage" },
};

static void word_fill(struct fate_ask *ask, const char *category)
{
	ask->live = strcmp(category, "live") == 0;
	text_copy(ask->word, sizeof(ask->word), "is over");
	for (size_t i = 0; i < ARRAY_LEN(fates); i++) {
		if (strcmp(fates[i].category, category) == 0) {
			text_copy(ask->word, sizeof(ask->word), fates[i].word);
		}
	}
}

static bool on_incident(struct rest_read *read, const char *body, size_t n,
			struct fail *f)
{
	struct fate *x = container_of(read, struct fate, read);

	read->path[0] = '\0';
	return incidentio_parse_fate(body, n, x->category, &x->is_private, f);
}

static void on_done(struct rest_read *read, const struct fail *f)
{
	struct fate *x = container_of(read, struct fate, read);
	struct fate_ask *ask = x->ask;
	struct fail why = *f;

	if (ask) {
		ask->job = NULL;
		word_fill(ask, x->category);
		ask->is_private = x->is_private || read->status == 404;
		if (read->status == 404) {
			text_copy(ask->word, sizeof(ask->word), "is not shown any more");
			why = (struct fail){ 0 };
		}
		ask->cb(ask, &why);
	}
	free(x);
}

void incidentio_fate(struct provider *p, struct fate_ask *ask)
{
	struct desk *d = (struct desk *)(void *)p;
	struct fate *x = calloc(1, sizeof(*x));
	struct buf b;

	if (!x) {
		abort(); /* out of memory for 4 KB */
	}
	x->ask = ask;
	ask->job = x;
	x->read = (struct rest_read){ .what = "the incident",
				      .max_pages = 1,
				      .page = on_incident,
				      .done = on_done };
	buf_init(&b, sizeof(x->read.path) - 1);
	buf_add_str(&b, "v2/incidents/");
	url_encode(&b, ask->incident);
	text_copy(x->read.path, sizeof(x->read.path), buf_str(&b));
	buf_finish(&b);
	rest_read_start(&d->rest, &x->read);
}

void incidentio_fate_cancel(struct provider *p, struct fate_ask *ask)
{
	struct fate *x = ask->job;

	(void)p;
	if (x) {
		x->ask = NULL;
		ask->job = NULL;
	}
}
