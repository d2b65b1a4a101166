/* SPDX-License-Identifier: Apache-2.0 */
/* A small world for tests of the decision, in which everything is well: Ana is Incident
 * Lead of INC-204 at incident.io and has acknowledged #512 at PagerDuty. A test changes
 * what it is about. */
#ifndef TESTS_LIB_FACTS_H
#define TESTS_LIB_FACTS_H

#include "approver/policy.h"
#include "approver/snapshot.h"

/* 2026-11-23T12:12:00Z */
#define FACTS_NOW_MS ((int64_t)1795435920000)

enum { FACTS_POLICIES = 4, FACTS_CONDITIONS = 3 };

struct facts_world {
	struct config config;
	struct resource resources[3]; /* prod-db, prod-cache, staging-db */
	struct policy policies[FACTS_POLICIES];
	struct condition any[FACTS_POLICIES][FACTS_CONDITIONS];
	struct snapshot *incidentio;
	struct snapshot *pagerduty;
	struct facts facts;
	struct verdict verdict;
};

/* Ids and names of the world. */
#define FACTS_ANA_IO   "01JUANA"
#define FACTS_ANA_PD   "PUSER01"
#define FACTS_BOB_IO   "01JUBOB"
#define FACTS_BOB_PD   "PUSER02"
#define FACTS_LEAD     "01JRLEAD"
#define FACTS_DBA      "01JRDBA"
#define FACTS_REPORTER "01JRREPORTER"
#define FACTS_COMMS    "01JRCOMMS"

/* Catalogs and no incidents; policy 0 is db-responders of the README: roles Incident Lead
 * or DBA, or a page of PSVC001; 2 h, at most 8 h. */
void facts_world_init(struct facts_world *w);
void facts_world_finish(struct facts_world *w);

/* Texts for the config: live until the next facts_world_init(). */
char *facts_text(const char *s);
struct str_list facts_list(const char *a, const char *b, const char *c); /* NULL ends */

/* Rows with ordinary values; change them before facts_decide(). Pointers go stale with
 * the next one of their kind. */
struct incident *facts_io_incident(struct facts_world *w, const char *reference);
struct incident *facts_pd_incident(struct facts_world *w, const char *reference);
struct stand *facts_stand(struct snapshot *s, const char *user, const char *role_id,
			  const char *role_name);

/* Seals the snapshots (once) and decides; the verdict is w->verdict. */
enum verdict_kind facts_decide(struct facts_world *w);

/* The trace line of a check, or NULL. */
const struct trace_line *facts_line(const struct facts_world *w, const char *check);

#endif
