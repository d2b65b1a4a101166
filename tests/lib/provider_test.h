/* SPDX-License-Identifier: Apache-2.0 */
/* A provider under test: its vendor is scripted, its clock stands still. The suites in
 * tests/contract/provider*.c run for every provider; what differs is in struct
 * test_vendor. */
#ifndef TESTS_LIB_PROVIDER_TEST_H
#define TESTS_LIB_PROVIDER_TEST_H

#include "accessd/config.h"
#include "accessd/provider.h"
#include "shared/loop.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/rest_peer.h"
#include "tests/lib/test.h"

struct http_client;

struct test_vendor {
	const char *key;
	const char *name; /* how messages begin */
	const char *list; /* paths */
	const char *users;
	const char *file;       /* one list, in which ana has two stands */
	const char *users_file; /* what `users` says of ana */
	const char *ana;        /* her id there */
	const char *empty;      /* a list with nothing in it */
	const char *no_users;
	const char *next; /* in the query of every page but the first */
};

extern const struct test_vendor test_incidentio;
extern const struct test_vendor test_pagerduty;

/* 2026-08-20T12:00:00Z: in the middle of the shifts in tests/data. */
#define TEST_NOON INT64_C(1787227200000)

struct provider_test {
	const struct test_vendor *vendor;
	struct fake_clock clock;
	struct loop *loop;
	struct http_client *http;
	struct rest_peer *peer;
	struct provider_config config;
	struct provider_env env;
	struct provider *provider;
	struct person ana;
	char url[64];
	char key[32];
};

/* Every path answers well; the person ana has the e-mail ana@acme.example. *state is the
 * vendor before. */
int provider_setup(void **state);
int provider_teardown(void **state);

#define BOTH(test) \
	{ "incident.io: " #test, test, provider_setup, provider_teardown, \
	  (void *)(uintptr_t)&test_incidentio }, \
	{ \
		"PagerDuty: " #test, test, provider_setup, provider_teardown, \
			(void *)(uintptr_t)&test_pagerduty \
	}
#define ONLY(vendor, test) \
	{ \
#test, test, provider_setup, provider_teardown, \
			(void *)(uintptr_t) & (vendor) \
	}

/* A question, and what came of it. */
struct probe {
	struct standing_ask ask;
	struct provider_test *t;
	unsigned fired;
	bool done;
	struct fail fail;
	size_t stands;
	size_t incidents;
	int64_t fetched_mono_ms;
	struct on_call on_call[ON_CALL_MAX]; /* ask's rows, as what follows */
	struct on_schedule on_schedules[ON_SCHEDULES_MAX];
};

void probe_start(struct provider_test *t, struct probe *p, const struct person *who);

/* Run the loop until it is answered; false after 3 s of real time. */
bool probe_wait(struct probe *p);

/* Both; what is returned is true when it was answered without a failure. */
bool probe_ask(struct provider_test *t, struct probe *p, const struct person *who);

/* Turn the loop until so many requests of the path came, for 3 s at most. */
bool peer_hears(struct provider_test *t, const char *path, unsigned n);

/* Let whatever is due happen. */
void turn(struct provider_test *t);

/* Close the provider, and open it again with what env and config say now. */
void provider_again(struct provider_test *t);

#endif
