//! The options of `cargo xtask codegen`.

use lexopt::{
    Arg::{Long, Short},
    Parser,
};

use super::Options;

/// What is done with the generated code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codegen {
    /// Whether it is only held against what is on disk.
    pub check: bool,
}

impl Options for Codegen {
    const HELP: &'static str = "\
Generate the Rust code of the protocol definitions in `crates/tfplugin/proto`.

Usage: cargo xtask codegen [--check]

  --check            Write nothing; fail if the generated code on disk is not current.
";

    fn parse(mut arguments: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self { check: false };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("check") => options.check = true,
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}
