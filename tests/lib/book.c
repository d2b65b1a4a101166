/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/book.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/types.h"
#include "shared/text.h"
#include "tests/lib/temp_dir.h"
#include "tests/lib/test.h"

static struct {
	bool open;
	struct temp_dir dir;
} book;

static const char script[] =
	"#!/bin/sh\n"
	"cat >/dev/null\n"
	"cd \"${0%/*}\" || exit 75\n"
	"read -r runs <runs\n"
	"read -r stop when <stop\n"
	"runs=$((runs + 1))\n"
	"echo $runs >runs\n"
	"stand_still() { : >stopped; exec tail -f /dev/null; }\n"
	"[ \"$runs $when\" = \"$stop before\" ] && stand_still\n"
	"has=has-$ACCESSD_USER-$ACCESSD_TARGET_ID\n"
	"case $1 in\n"
	"grant) echo \"$ACCESSD_GRANT $ACCESSD_UNTIL\" >\"$has\" ;;\n"
	"extend) [ -e \"$has\" ] || exit 1\n"
	"	echo \"$ACCESSD_GRANT $ACCESSD_UNTIL\" >\"$has\" ;;\n"
	"revoke) [ ! -e \"$has\" ] || mv \"$has\" \"had-${has#has-}\" ;;\n"
	"list) for has in has-*-$ACCESSD_TARGET_ID; do\n"
	"		[ -e \"$has\" ] && read -r grant until <\"$has\" &&\n"
	"			all=\"$all,{\\\"grant\\\":\\\"$grant\\\"}\"\n"
	"	done\n"
	"	echo \"{\\\"held\\\":[${all#,}]}\" ;;\n"
	"*) exit 1 ;;\n"
	"esac\n"
	"[ \"$runs $when\" = \"$stop after\" ] && stand_still\n"
	"exit 0\n";

static void put(const char *name, const char *text, mode_t mode)
{
	int fd = open(temp_dir_file(&book.dir, name),
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

void book_open(void)
{
	temp_dir_make(&book.dir);
	book.open = true;
	put("book", script, 0700);
	book_reset();
}

void book_close(void)
{
	if (book.open) {
		temp_dir_remove(&book.dir);
		book.open = false;
	}
}

bool book_is_open(void)
{
	return book.open;
}

const char *book_config(const char *keys)
{
	static char text[256];

	snprintf(text, sizeof(text),
		 "provisioners = ( { name = \"okta\"; type = \"command\";"
		 " command = [ \"%s\" ]; %s } );\n",
		 temp_dir_file(&book.dir, "book"), keys);
	return text;
}

/* How many files begin so; and they go, or the name of one is kept. */
static size_t each_file(const char *begins, bool remove_them, char ret_name[NAME_SIZE])
{
	DIR *d = opendir(book.dir.path);
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (strncmp(e->d_name, begins, strlen(begins)) == 0) {
			n++;
			text_copy(ret_name, NAME_SIZE, e->d_name);
			if (remove_them) {
				unlink(temp_dir_file(&book.dir, e->d_name));
			}
		}
	}
	closedir(d);
	return n;
}

void book_reset(void)
{
	char name[NAME_SIZE];

	each_file("has-", true, name);
	each_file("had-", true, name);
	put("runs", "0\n", 0600);
	book_stop_at(0, false);
}

size_t book_held(void)
{
	char name[NAME_SIZE];

	return each_file("has-", false, name);
}

void book_put_back(void)
{
	char name[NAME_SIZE], has[NAME_SIZE];

	assert_int_equal(each_file("had-", false, name), 1);
	snprintf(has, sizeof(has), "has-%.100s", name + strlen("had-"));
	assert_int_equal(
		rename(temp_dir_file(&book.dir, name), temp_dir_file(&book.dir, has)), 0);
}

/* It may be written just now: then it is not to be read yet. */
int64_t book_until_ms(void)
{
	char name[NAME_SIZE], text[NAME_SIZE] = "";
	int64_t ms = 0;
	FILE *in;

	if (each_file("has-", false, name) > 0 &&
	    (in = fopen(temp_dir_file(&book.dir, name), "r"))) {
		if (fscanf(in, "%*s %40s", text) == 1) {
			text_parse_time(text, &ms);
		}
		fclose(in);
	}
	return ms;
}

/* Between two runs: it is written in the midst of one. */
size_t book_runs(void)
{
	FILE *in = fopen(temp_dir_file(&book.dir, "runs"), "r");
	size_t n = 0;

	assert_non_null(in);
	if (fscanf(in, "%zu", &n) != 1) {
		n = 0;
	}
	fclose(in);
	return n;
}

void book_stop_at(size_t nth, bool before)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu %s\n", nth > 0 ? book_runs() + nth : 0,
		 before ? "before" : "after");
	put("stop", text, 0600);
	unlink(temp_dir_file(&book.dir, "stopped"));
}

bool book_has_stopped(void)
{
	return access(temp_dir_file(&book.dir, "stopped"), F_OK) == 0;
}
