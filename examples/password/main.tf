# A role with a password for the time before the parameter is on. The password is in no plan and no
# state (Terraform 1.11 and OpenTofu 1.11, or later); another version sets it again.
variable "relay_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

resource "rdsiam_replication_user" "relay" {
  name                = "relay"
  create_role         = true
  password_wo         = var.relay_password
  password_wo_version = 1
}
