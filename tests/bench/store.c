/* SPDX-License-Identifier: Apache-2.0 */
/* How much the ledger's group commit is worth: requests added one at a time, each waited
 * for, against as many as are waiting; and whether a long history makes it slower.
 *
 *   store [FOLDER]    where the ledger goes; /tmp if none is named */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/clock.h"
#include "accessd/store.h"
#include "shared/loop.h"
#include "tests/lib/ledger_rows.h"

enum { SINGLE = 250, MANY = 2000, ROUNDS = 5, HISTORY = 50000 };

struct slot {
	struct store_op op;
	struct request_row row;
	char key[32];
};

static struct loop *loop;
static struct store *store;
static struct slot *slots;
static size_t waiting;
static bool idle;
static unsigned next;

static void on_added(struct store_op *op, const struct fail *f)
{
	(void)op;
	if (f->kind != FAIL_NONE) {
		fprintf(stderr, "%s\n", f->msg);
		exit(1);
	}
	idle = --waiting == 0;
}

static void submit(struct slot *s)
{
	ledger_request(++next, &s->row);
	snprintf(s->key, sizeof(s->key), "envelope-%u", next * 2654435761u);
	s->op = ledger_add(&s->row, s->key, s->row.id);
	s->op.cb = on_added;
	waiting++;
	idle = false;
	store_submit(store, &s->op);
}

/* Requests per second, `at_once` of them waiting at a time. */
static double rate(size_t n, size_t at_once)
{
	int64_t start_ms = clock_mono_ms(clock_system());
	int64_t took_ms;

	for (size_t i = 0; i < n; i += at_once) {
		for (size_t k = 0; k < at_once; k++) {
			submit(&slots[k]);
		}
		if (!loop_run_until(loop, &idle, 60000)) {
			fprintf(stderr, "no answer in a minute\n");
			exit(1);
		}
	}
	took_ms = clock_mono_ms(clock_system()) - start_ms;
	return (double)n * 1000 / (double)(took_ms > 0 ? took_ms : 1);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a;
	const double *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median of some rounds. */
static double median_rate(size_t n, size_t at_once)
{
	double r[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		r[i] = rate(n, at_once);
	}
	qsort(r, ROUNDS, sizeof(r[0]), by_size);
	return r[ROUNDS / 2];
}

static void open_ledger(const char *url)
{
	struct fail f = { 0 };

	if (!store_open(url, loop, NULL, &store, &f)) {
		fprintf(stderr, "%s\n", f.msg);
		exit(1);
	}
}

static void measure(const char *name)
{
	double one = median_rate(SINGLE, 1);
	double some = median_rate(MANY, 16);
	double many = median_rate(MANY, 250);

	printf("%-22s %8.0f/s one at a time, %8.0f/s with 16 waiting (%.1fx), "
	       "%8.0f/s with 250 (%.1fx)\n",
	       name, one, some, some / one, many, many / one);
}

int main(int argc, char **argv)
{
	char dir[200];
	char url[256];
	struct fail f = { 0 };

	snprintf(dir, sizeof(dir), "%s/accessd-bench-XXXXXX",
		 argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(dir) || !loop_create(clock_system(), &loop, &f)) {
		perror(dir);
		return 1;
	}
	slots = calloc(256, sizeof(*slots));
	if (!slots) {
		return 1;
	}
	open_ledger("memory:");
	measure("memory:");
	store_close(store);
	snprintf(url, sizeof(url), "sqlite:%s/ledger.db", dir);
	open_ledger(url);
	measure("sqlite:");
	rate(HISTORY, 250);
	measure("sqlite: after 50,000");
	store_close(store);
	loop_destroy(loop);
	free(slots);
	unlink(url + strlen("sqlite:"));
	rmdir(dir);
	return 0;
}
