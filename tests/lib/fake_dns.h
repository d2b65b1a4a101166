/* SPDX-License-Identifier: Apache-2.0 */
/* A getaddrinfo() for tests that look names up: nothing under .example exists, and
 * silent.example is not answered until the test says so. It takes the place of the
 * system's in the program that includes it, once; addresses go on to that. */
#ifndef TESTS_LIB_FAKE_DNS_H
#define TESTS_LIB_FAKE_DNS_H

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool released;
	unsigned inside; /* how many wait for silent.example */
} fake_dns = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };

/* Answer silent.example (that it does not exist), and wait until all have heard. */
static void fake_dns_release(void)
{
	pthread_mutex_lock(&fake_dns.lock);
	fake_dns.released = true;
	pthread_cond_broadcast(&fake_dns.changed);
	while (fake_dns.inside > 0) {
		pthread_cond_wait(&fake_dns.changed, &fake_dns.lock);
	}
	fake_dns.released = false;
	pthread_mutex_unlock(&fake_dns.lock);
}

static bool fake_dns_asked(void)
{
	bool asked;

	pthread_mutex_lock(&fake_dns.lock);
	asked = fake_dns.inside > 0;
	pthread_mutex_unlock(&fake_dns.lock);
	return asked;
}

static void fake_dns_wait(void)
{
	pthread_mutex_lock(&fake_dns.lock);
	fake_dns.inside++;
	while (!fake_dns.released) {
		pthread_cond_wait(&fake_dns.changed, &fake_dns.lock);
	}
	fake_dns.inside--;
	pthread_cond_broadcast(&fake_dns.changed);
	pthread_mutex_unlock(&fake_dns.lock);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
		    struct addrinfo **);
	size_t n = name ? strlen(name) : 0;

	if (n > 8 && strcmp(name + n - 8, ".example") == 0) {
		if (strcmp(name, "silent.example") == 0) {
			fake_dns_wait();
		}
		return EAI_NONAME;
	}
	*(void **)(&real) = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(name, service, hints, ret);
}

#endif
