//! Why there is no CLI.

use std::{fmt, io, path::PathBuf};

/// What to do then.
const HOW_TO_INSTALL: &str = "install Terraform (https://developer.hashicorp.com/terraform/install) \
     or OpenTofu (https://opentofu.org/docs/intro/install), or name the CLI in TF_CLI";

/// Why there is no CLI.
#[derive(Debug)]
pub enum Error {
    /// None is installed.
    NotInstalled,
    /// It cannot be started.
    Start {
        /// What was to be started.
        program: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
    /// It is another program.
    Neither {
        /// What was started.
        program: PathBuf,
        /// What it said.
        said: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => write!(f, "neither terraform nor tofu is on the PATH"),
            Self::Start { program, .. } => write!(f, "{} cannot be started", program.display()),
            Self::Neither { program, said } => {
                let program = program.display();
                write!(
                    f,
                    "{program} is neither Terraform nor OpenTofu but says {said:?}"
                )
            }
        }?;
        write!(f, ": {HOW_TO_INSTALL}")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } => Some(source),
            Self::NotInstalled | Self::Neither { .. } => None,
        }
    }
}
