//! From the repository to what users install: the assets of a release, and mirrors.
//!
//! A release is what a registry of Terraform or OpenTofu takes, but for the signature
//! (<https://developer.hashicorp.com/terraform/registry/providers/publishing>). All of it is a function of the commit:
//! whoever builds it elsewhere gets the same bytes.

/// Tells on standard error what is done; whoever does not read it misses nothing else.
#[macro_export]
macro_rules! progress {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _nobody_reads = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub mod again;
pub mod archive;
pub mod assets;
pub mod changelog;
pub mod compile;
pub mod dependencies;
pub mod executable;
pub mod hash;
pub mod manifest;
pub mod mirror;
pub mod notices;
pub mod place;
pub mod process;
pub mod project;
pub mod release;
pub mod sbom;
pub mod settings;
pub mod toolchain;
pub mod version;
pub mod zigbuild;

pub use release::{Package, Release};
pub use xtask::{
    failure::{Context, Failure},
    target::Target,
};

/// The provider's name: of its package, its binary, and the assets.
pub const NAME: &str = "terraform-provider-rdsiam";
