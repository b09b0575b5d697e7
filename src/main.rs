//! The provider as a plugin process: everything else is in the library.

use std::process::ExitCode;

use terraform_provider_rdsiam::provider::RdsIam;

fn main() -> ExitCode {
    tfplugin::serve::run(RdsIam, "registry.terraform.io/rdsiam/rdsiam")
}
