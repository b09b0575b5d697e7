//! Targets of the Rust compiler, and what Go and the registries call them.

use std::fmt;

/// The first part of a triple, and the architecture's name in an asset.
const ARCHITECTURES: [(&str, &str); 7] = [
    ("x86_64", "amd64"),
    ("aarch64", "arm64"),
    ("i586", "386"),
    ("i686", "386"),
    ("arm", "arm"),
    ("armv6", "arm"),
    ("armv7", "arm"),
];
const SYSTEMS: [&str; 4] = ["linux", "windows", "darwin", "freebsd"];

/// What a binary is built for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    triple: String,
    system: &'static str,
    architecture: &'static str,
}

impl Target {
    /// The target of a triple, such as `x86_64-unknown-linux-musl`; `None` where the registries have no name for it.
    pub fn parse(triple: &str) -> Option<Self> {
        let mut parts = triple.split('-');
        let first = parts.next()?;
        let (_, architecture) = ARCHITECTURES.into_iter().find(|(name, _)| *name == first)?;
        let system = parts.find_map(|part| SYSTEMS.into_iter().find(|name| *name == part))?;
        Some(Self {
            triple: triple.to_owned(),
            system,
            architecture,
        })
    }

    /// As the compiler calls it.
    pub fn triple(&self) -> &str {
        &self.triple
    }

    /// `linux`, `windows`, `darwin` or `freebsd`.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// Such as `amd64`.
    pub fn architecture(&self) -> &'static str {
        self.architecture
    }

    /// As the registries call it: `linux_amd64`.
    pub fn platform(&self) -> String {
        format!("{}_{}", self.system, self.architecture)
    }

    /// What is behind the name of a program.
    pub fn executable_suffix(&self) -> &'static str {
        match self.system {
            "windows" => ".exe",
            _ => "",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.triple)
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn target_of_each_shipped_triple_has_the_name_of_the_registries() {
        for (triple, platform) in [
            ("x86_64-unknown-linux-musl", "linux_amd64"),
            ("aarch64-unknown-linux-musl", "linux_arm64"),
            ("x86_64-apple-darwin", "darwin_amd64"),
            ("aarch64-apple-darwin", "darwin_arm64"),
            ("x86_64-pc-windows-gnu", "windows_amd64"),
            ("aarch64-pc-windows-gnullvm", "windows_arm64"),
            ("x86_64-unknown-freebsd", "freebsd_amd64"),
        ] {
            let target = Target::parse(triple).expect("it is shipped");
            assert_eq!(target.platform(), platform);
        }
    }

    #[test]
    fn target_that_registries_do_not_know_is_none() {
        for triple in [
            "",
            "linux_amd64",
            "wasm32-unknown-unknown",
            "x86_64",
            "mips-unknown-linux-gnu",
        ] {
            assert_eq!(Target::parse(triple), None, "{triple}");
        }
    }
}
