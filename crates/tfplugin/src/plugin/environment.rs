//! What the client tells the process through environment variables.

use std::{ffi::OsString, path::PathBuf};

/// The variable that tells a start by Terraform from a start by hand.
const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";

/// Its value; OpenTofu uses the same. It is no secret.
const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The protocol's major version that this crate serves.
pub(crate) const PROTOCOL_VERSION: u32 = 6;

/// The client's side of the handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Whether the process was started as a plugin at all.
    pub(crate) started_as_plugin: bool,
    /// The major versions that the client speaks; empty when it did not say.
    pub(crate) protocol_versions: Vec<u32>,
    /// The PEM certificate that the client will show; `None` asks for plaintext.
    pub(crate) client_certificate: Option<String>,
    /// Where to create the socket; defaults to the folder for temporary files.
    pub(crate) socket_folder: Option<PathBuf>,
    /// The ports to try where there are no unix sockets, both inclusive; 0 is any free one.
    pub(crate) ports: (u16, u16),
    /// Whether the client asks if connections can be multiplexed.
    pub(crate) asks_for_multiplexing: bool,
}

impl Environment {
    /// The environment of this process.
    pub(crate) fn of_process() -> Self {
        Self::read(|name| std::env::var_os(name))
    }

    /// Reads the variables through `variable`. One that is empty counts as unset.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let text = |name: &str| {
            variable(name)
                .and_then(|value| value.into_string().ok())
                .filter(|value| !value.is_empty())
        };
        let port = |name: &str| text(name).and_then(|value| value.parse().ok()).unwrap_or(0);
        Self {
            started_as_plugin: text(COOKIE_NAME).as_deref() == Some(COOKIE_VALUE),
            protocol_versions: text("PLUGIN_PROTOCOL_VERSIONS")
                .map(|versions| {
                    versions
                        .split(',')
                        .filter_map(|version| version.trim().parse().ok())
                        .collect()
                })
                .unwrap_or_default(),
            client_certificate: text("PLUGIN_CLIENT_CERT"),
            socket_folder: text("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            ports: (port("PLUGIN_MIN_PORT"), port("PLUGIN_MAX_PORT")),
            asks_for_multiplexing: text("PLUGIN_MULTIPLEX_GRPC").is_some(),
        }
    }

    /// Whether the client speaks the protocol. One that does not say is left to find out.
    pub(crate) fn speaks_protocol(&self) -> bool {
        self.protocol_versions.is_empty() || self.protocol_versions.contains(&PROTOCOL_VERSION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        Environment::read(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn environment_of_terraform_is_read_whole() {
        let environment = read(&[
            (COOKIE_NAME, COOKIE_VALUE),
            ("PLUGIN_PROTOCOL_VERSIONS", "6,5"),
            ("PLUGIN_CLIENT_CERT", "a certificate"),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
            ("PLUGIN_UNIX_SOCKET_DIR", "/run/x"),
            ("PLUGIN_MULTIPLEX_GRPC", "true"),
        ]);
        assert_eq!(
            environment,
            Environment {
                started_as_plugin: true,
                protocol_versions: vec![6, 5],
                client_certificate: Some("a certificate".to_owned()),
                socket_folder: Some(PathBuf::from("/run/x")),
                ports: (10_000, 25_000),
                asks_for_multiplexing: true,
            },
        );
        assert!(environment.speaks_protocol());
    }

    #[test]
    fn cookie_of_another_plugin_system_is_not_ours() {
        assert!(!read(&[]).started_as_plugin);
        assert!(!read(&[(COOKIE_NAME, "d602")]).started_as_plugin);
    }

    #[test]
    fn client_of_protocol_5_alone_is_recognised() {
        assert!(!read(&[("PLUGIN_PROTOCOL_VERSIONS", "5")]).speaks_protocol());
        assert!(read(&[("PLUGIN_PROTOCOL_VERSIONS", "")]).speaks_protocol());
    }

    #[test]
    fn variables_that_are_empty_count_as_unset() {
        let environment = read(&[("PLUGIN_CLIENT_CERT", ""), ("PLUGIN_MULTIPLEX_GRPC", "")]);
        assert_eq!(environment, Environment::default());
    }
}
