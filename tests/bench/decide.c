/* SPDX-License-Identifier: Apache-2.0 */
/* How long the decision takes by itself: 250 live incidents with 8 roles each, 100
 * policies of which the last one speaks of the resource (and then: all of them). */
#include <stdio.h>
#include <stdlib.h>

#include "shared/text.h"
#include "tests/lib/bench.h"
#include "tests/lib/facts.h"

enum { INCIDENTS = 250, ROLES = 8, POLICIES = 100, RUNS = 20000 };

static struct facts_world w;
static struct policy policies[POLICIES];

/* Everybody has one role somewhere; Ana leads the 200th incident. */
static void fill(void)
{
	for (unsigned i = 0; i < INCIDENTS; i++) {
		char text[VENDOR_ID_SIZE];

		snprintf(text, sizeof(text), "INC-%u", i);
		facts_io_incident(&w, text);
		for (unsigned r = 0; r < ROLES; r++) {
			snprintf(text, sizeof(text), "01JUSER%u", (i * ROLES + r) % 400);
			facts_stand(w.incidentio,
				    i == 200 && r == 0 ? FACTS_ANA_IO : text,
				    r == 0 ? FACTS_LEAD : FACTS_COMMS, "Incident Lead");
		}
	}
	for (unsigned i = ROLES / 2; i < ROLES; i++) {
		struct catalog_item *item = catalog_add(&w.incidentio->roles);

		snprintf(item->id, sizeof(item->id), "01JRMORE%u", i);
		snprintf(item->name, sizeof(item->name), "Another role %u", i);
	}
}

/* all: every policy speaks of prod-db, and only the last one can grant. */
static void arrange(bool all, bool grants)
{
	char text[NAME_SIZE];

	facts_world_init(&w);
	fill();
	for (unsigned i = 0; i < POLICIES; i++) {
		bool last = i == POLICIES - 1;

		policies[i] = w.policies[last && grants ? 0 : 1];
		snprintf(text, sizeof(text), "policy-%u", i);
		policies[i].name = facts_text(text);
		snprintf(text, sizeof(text), all || last ? "prod-*" : "other-%u-*", i);
		policies[i].resources = facts_list(text, NULL, NULL);
		policies[i].any = w.policies[last && grants ? 0 : 1].any;
		policies[i].any.n = 1;
	}
	w.any[1][0].incidentio.where.present = true;
	w.any[1][0].incidentio.roles = facts_list("DBA", NULL, NULL);
	w.config.policies = (struct policy_list){ policies, POLICIES };
	facts_decide(&w);
}

static void decide(void *data)
{
	(void)data;
	policy_decide(&w.config, &w.facts, &w.verdict);
}

static void measure(const char *what, bool all, bool grants)
{
	struct bench_result r;

	arrange(all, grants);
	r = bench_run(decide, NULL, RUNS);
	printf("decide: %-34s %6.1f us median, %6.1f us p99 (%s)\n", what,
	       (double)r.median_ns / 1e3, (double)r.p99_ns / 1e3,
	       verdict_word(w.verdict.kind));
	facts_world_finish(&w);
}

int main(void)
{
	measure("1 of 100 policies, granted", false, true);
	measure("1 of 100 policies, not granted", false, false);
	measure("100 policies, the last one grants", true, true);
	measure("100 policies, none grants", true, false);
	return 0;
}
