/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the control API share. */
#ifndef TESTS_WORLD_CONTROL_H
#define TESTS_WORLD_CONTROL_H

#include "tests/world/vendor.h"
#include "tests/world/world.h"

struct load;

struct control {
	struct world *world;
	struct web_request *waiting; /* for the state to change */
	struct loop_timer flush;
	struct load *load;
};

/* Everything that a page shows, as it is now. */
json_t *control_state(const struct world *w);

/* What was said so far, as lines of text. */
void transcript_reply(struct world *w, struct web_request *r);

/* Set a knob by its name ("slack.hello_ms"); false: there is none, or not of this type. */
bool control_knob(struct world *w, const char *name, const json_t *value);
/* Read a fault; false: it names no call or no kind. */
bool control_fault(struct world *w, const json_t *body);

/* Send n commands at a rate; r is answered when they are done with. */
void load_start(struct control *c, struct web_request *r, const json_t *body);
void load_cancel(struct control *c);

/* Answer with an error that people can read. */
void control_refuse(struct web_request *r, int status, const char *why);
void control_reply(struct web_request *r, json_t *o); /* o is taken over */

#endif
