//! The configured provider: where the toast is.

use std::{io, path::PathBuf};

use tfplugin::Diagnostic;

/// The kitchen that the toast is in; `None` while nobody knows where it is.
pub struct Kitchen(pub Option<PathBuf>);

impl Kitchen {
    /// The file of a slice.
    pub fn file(&self, name: &str) -> Result<PathBuf, Diagnostic> {
        let directory = self.0.as_ref().ok_or_else(|| {
            Diagnostic::error(
                "Kitchen Not Known",
                "The directory is known only after apply.",
            )
        })?;
        Ok(directory.join(format!("{name}.toast")))
    }

    /// The names of the slices, in order.
    pub fn slices(&self) -> Result<Vec<String>, Diagnostic> {
        let directory = self.file("")?;
        let files = std::fs::read_dir(directory.parent().unwrap_or(&directory))
            .map_err(|error| failed("Look at the Rack", "*", &error))?;
        let mut names: Vec<String> = files
            .filter_map(|file| {
                let name = file.ok()?.file_name().into_string().ok()?;
                name.strip_suffix(".toast").map(str::to_owned)
            })
            .collect();
        names.sort();
        Ok(names)
    }
}

/// The message for an operation that failed.
pub fn failed(operation: &str, name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot {operation}"),
        format!("The slice {name:?}: {error}."),
    )
}
