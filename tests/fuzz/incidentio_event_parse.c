/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's webhooks. */
#include "tests/lib/fuzz_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_event(incidentio_event_parse, data, len);
	return 0;
}
