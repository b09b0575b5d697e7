//! Debug mode: the variable with which Terraform joins a process that is already running.

use super::{environment::PROTOCOL_VERSION, listener::Address};

/// The name of the variable.
const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// The registry that Terraform means when an address names none.
const TERRAFORM_REGISTRY: &str = "registry.terraform.io";
/// The one that OpenTofu means.
const OPENTOFU_REGISTRY: &str = "registry.opentofu.org";

/// The variable and its value, quoted for a POSIX shell, for the provider of that source address.
/// One in Terraform's registry is also found under the address that OpenTofu would look for.
pub(crate) fn line(provider_address: &str, process_id: u32, address: &Address) -> String {
    let entry = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": process_id,
        // Terraform then neither ends nor kills the process.
        "Test": true,
        "Addr": { "Network": address.network, "String": address.text },
    });
    let also = provider_address
        .strip_prefix(TERRAFORM_REGISTRY)
        .map(|rest| format!("{OPENTOFU_REGISTRY}{rest}"));
    let providers: serde_json::Map<String, serde_json::Value> =
        std::iter::once(provider_address.to_owned())
            .chain(also)
            .map(|address| (address, entry.clone()))
            .collect();
    let value = serde_json::Value::Object(providers);
    let quoted = value.to_string().replace('\'', r"'\''");
    format!("{VARIABLE}='{quoted}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_names_provider_process_and_socket() {
        let address = Address {
            network: "unix",
            text: "/tmp/it's/x.sock".to_owned(),
        };
        let line = line("registry.terraform.io/acme/toaster", 42, &address);
        let quoted = line
            .strip_prefix("TF_REATTACH_PROVIDERS='")
            .and_then(|rest| rest.strip_suffix('\''))
            .expect("the value is quoted");
        let value: serde_json::Value =
            serde_json::from_str(&quoted.replace(r"'\''", "'")).expect("the value is JSON");
        let entry = &value["registry.terraform.io/acme/toaster"];
        assert_eq!(entry["Protocol"], "grpc");
        assert_eq!(entry["ProtocolVersion"], 6);
        assert_eq!(entry["Pid"], 42);
        assert_eq!(entry["Test"], true);
        assert_eq!(entry["Addr"]["Network"], "unix");
        assert_eq!(entry["Addr"]["String"], "/tmp/it's/x.sock");
        assert_eq!(&value["registry.opentofu.org/acme/toaster"], entry);
    }
}
