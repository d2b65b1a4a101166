/* SPDX-License-Identifier: Apache-2.0 */
/* curl's multi handle on our loop: its sockets are loop_fds, its timer is a loop_timer.
 * Between shared/http_client.c and curl; nobody else includes this. An `easy` is a CURL *
 * (curl's header stays out of ours). */
#ifndef SHARED_HTTP_MULTI_H
#define SHARED_HTTP_MULTI_H

#include <stdbool.h>

#include "accessd/fail.h"
#include "shared/loop.h"

struct http_multi;

/* A transfer is over, with a CURLcode; it has left the multi already. Never fires from
 * within one of the functions below. May add and remove, may not close. */
typedef void http_multi_done(void *job, void *easy, int code);

bool http_multi_open(struct loop *l, unsigned max_connections, http_multi_done *done,
		     struct http_multi **ret_m, struct fail *f);

/* Whatever was added must be removed before. Accepts NULL. */
void http_multi_close(struct http_multi *m);

/* Start the transfer. It uses the TLS sessions and connections that others left. */
bool http_multi_add(struct http_multi *m, void *easy, void *job);

/* Drop a transfer; its connection is closed. Does not block. */
void http_multi_remove(struct http_multi *m, void *easy);

#endif
