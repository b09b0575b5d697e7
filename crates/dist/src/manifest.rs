//! `terraform-registry-manifest.json`: the protocols that a registry tells the CLIs.
//! <https://developer.hashicorp.com/terraform/registry/providers/publishing#terraform-registry-manifest-file>

use serde_json::Value;

use crate::{Context, Failure};

/// Its name in the repository.
pub const FILE: &str = "terraform-registry-manifest.json";
/// What the provider speaks.
const PROTOCOL: &str = "6.0";

/// Holds a manifest against what the provider speaks.
///
/// # Errors
/// When a registry would tell the CLIs another protocol: where the manifest says none, that is 5.0.
pub fn check(manifest: &[u8]) -> Result<(), Failure> {
    let parsed: Value = serde_json::from_slice(manifest).context(FILE)?;
    let protocols = &parsed["metadata"]["protocol_versions"];
    if parsed["version"] == 1 && *protocols == serde_json::json!([PROTOCOL]) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{FILE} must have version 1 and metadata.protocol_versions [\"{PROTOCOL}\"], and has {} and {protocols}: a \
         registry would offer the provider to CLIs that cannot speak with it",
        parsed["version"]
    )))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn manifest_of_this_repository_is_taken() {
        check(include_bytes!("../../../terraform-registry-manifest.json")).expect("it is right");
    }

    #[test]
    fn manifest_without_the_protocol_is_refused() {
        for manifest in [
            r#"{"version": 1}"#,
            r#"{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}"#,
            r#"{"version": 1, "metadata": {"protocol_versions": ["5.0", "6.0"]}}"#,
            r#"{"version": 2, "metadata": {"protocol_versions": ["6.0"]}}"#,
            "{",
        ] {
            check(manifest.as_bytes()).expect_err(manifest);
        }
    }
}
