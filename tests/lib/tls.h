/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for tests, made when they are needed: nothing that expires is kept in the
 * tree. */
#ifndef TESTS_LIB_TLS_H
#define TESTS_LIB_TLS_H

#include <stdbool.h>

enum test_tls_flags {
	TEST_TLS_EXPIRED = 1 << 0, /* the leaf was valid until yesterday */
	TEST_TLS_STRANGER = 1 << 1 /* the leaf is signed by another CA than ca.pem */
};

enum { TEST_TLS_DIR_SIZE = 64 };

/* Make an empty folder under /tmp. False when the system refuses. */
bool test_tls_dir(char dir[TEST_TLS_DIR_SIZE]);

/* Write ca.pem, cert.pem and key.pem (of the leaf) into dir. names: the leaf's subject
 * alternative names, such as "DNS:localhost,IP:127.0.0.1". */
bool test_tls_make(const char *dir, const char *names, unsigned flags);

/* Remove the three files, when they are there, and the folder. */
void test_tls_remove(const char *dir);

#endif
