# Apono's side of accessd's webhook; docs/webhooks.md says what goes where.
#
# The URL is HTTPS on port 443: Apono takes no other. The token is the value of accessd's
# apono.bearer. An access flow names the webhook as an approver: without an approver policy
# a flow approves by itself, and nobody is asked.

variable "accessd_token" {
  type      = string
  sensitive = true
}

resource "apono_manual_webhook" "accessd" {
  name   = "accessd"
  active = true

  type = {
    http_request = {
      method = "POST"
      url    = "https://access.example.com/webhooks/apono"
      headers = {
        "Authorization" = "Bearer ${var.accessd_token}"
        "Content-Type"  = "application/json"
      }
    }
  }

  body_template = file("${path.module}/apono-body.json")

  response_validators = [
    { json_path = "$.decision", expected_values = ["allow"] },
  ]

  timeout_in_sec                  = 10
  custom_validation_error_message = "No live incident of yours allows this. Take a role in it or acknowledge its page, then request again."
}
