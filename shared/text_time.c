/* SPDX-License-Identifier: Apache-2.0 */
/* Times as text: RFC 3339 in and out, and the forms of Retry-After. Without the C
 * library's time functions, whose words and zones depend on the machine. */
#include <stdio.h>
#include <string.h>

#include "shared/text.h"

enum { DAY_S = 86400, DELTA_DIGITS = 10 };

struct moment {
	int64_t year;
	int month, day, hour, minute, second;
	int ms;
	int offset_min;
};

/* --- small readers: each moves *s on success only ------------------------------- */

/* Exactly n ASCII digits. */
static bool take_digits(const char **s, int n, int *ret_v)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		char c = (*s)[i];

		if (c < '0' || c > '9') {
			return false;
		}
		v = v * 10 + (c - '0');
	}
	*s += n;
	*ret_v = v;
	return true;
}

static bool take(const char **s, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*s, text, n) != 0) {
		return false;
	}
	*s += n;
	return true;
}

static bool take_month(const char **s, int *ret_month)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++) {
		if (strncmp(*s, names + (size_t)m * 3, 3) == 0) {
			*s += 3;
			*ret_month = m + 1;
			return true;
		}
	}
	return false;
}

static bool take_hms(const char **s, struct moment *m)
{
	return take_digits(s, 2, &m->hour) && take(s, ":") &&
	       take_digits(s, 2, &m->minute) && take(s, ":") &&
	       take_digits(s, 2, &m->second);
}

/* --- the calendar -------------------------------------------------------------- */

static int month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* 23:59:60 is a leap second, and the same as what follows it. */
static bool moment_is_right(const struct moment *m)
{
	return m->month >= 1 && m->month <= 12 && m->day >= 1 &&
	       m->day <= month_days(m->year, m->month) && m->hour < 24 &&
	       m->minute < 60 && m->second <= 60;
}

/* Days since 1970-01-01. Years are counted from March, so that the day which comes and
 * goes is the last one of its year; 400 years are 146097 days. */
static int64_t days_since_1970(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t in_era = y - era * 400;
	int64_t from_march = (month + 9) % 12;
	int64_t in_year = (153 * from_march + 2) / 5 + day - 1;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static bool moment_ms(const struct moment *m, int64_t *ret_ms)
{
	int64_t s;

	if (!moment_is_right(m)) {
		return false;
	}
	s = days_since_1970(m->year, m->month, m->day) * DAY_S;
	s += m->hour * 3600 + m->minute * 60 + m->second - m->offset_min * 60;
	*ret_ms = s * 1000 + m->ms;
	return true;
}

/* --- RFC 3339 ------------------------------------------------------------------ */

/* Any number of digits; what is finer than a millisecond is dropped. */
static bool take_fraction(const char **s, int *ret_ms)
{
	int worth = 100;
	int ms = 0;
	const char *p = *s;

	for (; *p >= '0' && *p <= '9'; p++) {
		ms += (*p - '0') * worth;
		worth /= 10;
	}
	if (p == *s) {
		return false;
	}
	*s = p;
	*ret_ms = ms;
	return true;
}

static bool take_offset(const char **s, int *ret_min)
{
	int sign = **s == '-' ? -1 : 1;
	int h, m;

	if (take(s, "Z") || take(s, "z")) {
		*ret_min = 0;
		return true;
	}
	if (!take(s, "+") && !take(s, "-")) {
		return false;
	}
	if (!take_digits(s, 2, &h) || !take(s, ":") || !take_digits(s, 2, &m) || h > 23 ||
	    m > 59) {
		return false;
	}
	*ret_min = sign * (h * 60 + m);
	return true;
}

bool text_parse_time(const char *s, int64_t *ret_ms)
{
	struct moment m = { 0 };
	int year;

	if (!s || !take_digits(&s, 4, &year) || !take(&s, "-") ||
	    !take_digits(&s, 2, &m.month) || !take(&s, "-") ||
	    !take_digits(&s, 2, &m.day) || !(take(&s, "T") || take(&s, "t")) ||
	    !take_hms(&s, &m)) {
		return false;
	}
	m.year = year;
	if (take(&s, ".") && !take_fraction(&s, &m.ms)) {
		return false;
	}
	return take_offset(&s, &m.offset_min) && !*s && moment_ms(&m, ret_ms);
}

/* n with so many digits, and what stands behind it. */
static char *put_digits(char *at, int n, int digits, char behind)
{
	for (int i = digits; i-- > 0; n /= 10) {
		at[i] = (char)('0' + n % 10);
	}
	at[digits] = behind;
	return at + digits + 1;
}

void text_format_time(int64_t ms, char dst[TIME_SIZE])
{
	int64_t day_ms = (int64_t)DAY_S * 1000;
	int64_t days = ms / day_ms - (ms % day_ms < 0);
	int64_t rest = ms - days * day_ms;
	int64_t from_era = days + 719468;
	int64_t era = (from_era >= 0 ? from_era : from_era - 146096) / 146097;
	int64_t doe = from_era - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;
	int64_t year = era * 400 + yoe + (month <= 2);
	char *at = dst;

	if (year < 0 || year > 9999) {
		text_copy(dst, TIME_SIZE,
			  year < 0 ? "0000-01-01T00:00:00.000Z"
				   : "9999-12-31T23:59:59.999Z");
		return;
	}
	at = put_digits(at, (int)year, 4, '-');
	at = put_digits(at, (int)month, 2, '-');
	at = put_digits(at, (int)(doy - (153 * mp + 2) / 5 + 1), 2, 'T');
	at = put_digits(at, (int)(rest / 3600000), 2, ':');
	at = put_digits(at, (int)(rest / 60000 % 60), 2, ':');
	at = put_digits(at, (int)(rest / 1000 % 60), 2, '.');
	at = put_digits(at, (int)(rest % 1000), 3, 'Z');
	*at = '\0';
}

/* --- Retry-After --------------------------------------------------------------- */

/* RFC 9110 §5.6.7: two-digit years that would lie more than 50 years ahead are in the
 * past. */
static int64_t full_year(int yy, int64_t now_ms)
{
	char now[TIME_SIZE];
	const char *p = now;
	int this_year = 1970;

	text_format_time(now_ms, now);
	take_digits(&p, 4, &this_year);
	yy += this_year - this_year % 100;
	return yy > this_year + 50 ? yy - 100 : yy < this_year - 49 ? yy + 100 : yy;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" and "Sunday, 06-Nov-94 08:49:37 GMT"; incident.io has
 * been seen to write UTC for the zone. The name of the day is not checked. */
static bool parse_http_date(const char *s, int64_t now_ms, int64_t *ret_ms)
{
	struct moment m = { 0 };
	const char *comma = strchr(s, ',');
	int year;

	if (!comma) {
		return false;
	}
	s = comma + 1;
	if (!take(&s, " ") || !take_digits(&s, 2, &m.day) ||
	    !(take(&s, " ") || take(&s, "-")) || !take_month(&s, &m.month) ||
	    !(take(&s, " ") || take(&s, "-"))) {
		return false;
	}
	if (take_digits(&s, 4, &year)) {
		m.year = year;
	} else if (take_digits(&s, 2, &year)) {
		m.year = full_year(year, now_ms);
	} else {
		return false;
	}
	return take(&s, " ") && take_hms(&s, &m) &&
	       (take(&s, " GMT") || take(&s, " UTC")) && !*s && moment_ms(&m, ret_ms);
}

/* "Sun Nov  6 08:49:37 1994" */
static bool parse_asctime(const char *s, int64_t *ret_ms)
{
	struct moment m = { 0 };
	int year;

	if (strnlen(s, 4) < 4) {
		return false;
	}
	s += 3;
	if (!take(&s, " ") || !take_month(&s, &m.month) || !take(&s, " ") ||
	    !(take(&s, " ") ? take_digits(&s, 1, &m.day) : take_digits(&s, 2, &m.day)) ||
	    !take(&s, " ") || !take_hms(&s, &m) || !take(&s, " ") ||
	    !take_digits(&s, 4, &year)) {
		return false;
	}
	m.year = year;
	return !*s && moment_ms(&m, ret_ms);
}

/* A fraction is rounded up; more digits than anybody means are as good as many. */
static bool parse_delta(const char *s, int64_t *ret_s)
{
	size_t n = strspn(s, "0123456789");
	int64_t v = 0;

	if (n == 0) {
		return false;
	}
	for (size_t i = 0; i < n && i < DELTA_DIGITS; i++) {
		v = v * 10 + (s[i] - '0');
	}
	s += n;
	if (take(&s, ".")) {
		n = strspn(s, "0123456789");
		v += n > strspn(s, "0");
		s += n;
	}
	*ret_s = v;
	return !*s;
}

uint32_t text_retry_after_s(const char *value, int64_t now_ms, uint32_t max_s)
{
	char s[64];
	int64_t at_ms, wait_s;

	if (!value || !text_trim(s, sizeof(s), value)) {
		return 0;
	}
	if (!parse_delta(s, &wait_s)) {
		if (!parse_http_date(s, now_ms, &at_ms) && !parse_asctime(s, &at_ms) &&
		    !text_parse_time(s, &at_ms)) {
			return 0;
		}
		wait_s = (at_ms - now_ms + 999) / 1000;
	}
	if (wait_s > max_s) {
		wait_s = max_s;
	}
	return wait_s < 1 ? 1 : (uint32_t)wait_s;
}
