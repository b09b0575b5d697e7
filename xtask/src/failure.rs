//! Why a command ended without success.

use std::fmt;

/// What a person reads when a command did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    message: String,
    output: Option<String>,
}

impl Failure {
    /// A failure in one message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            output: None,
        }
    }

    /// Adds everything that the failed command printed.
    pub fn with_output(mut self, output: impl Into<String>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// The same failure, with what was attempted in front.
    pub fn in_context(mut self, attempted: &str) -> Self {
        self.message = format!("{attempted}: {}", self.message);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.output {
            Some(output) => write!(f, "\n\nIts output:\n{}", output.trim_end()),
            None => Ok(()),
        }
    }
}

// Failure itself is no std error, which is what leaves room for this.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many errors repeat their source in their own text.
            if !message.contains(&cause_text) {
                message = format!("{message}: {cause_text}");
            }
            source = cause.source();
        }
        Self::new(message)
    }
}

/// Says what was attempted when it failed.
pub trait Context<T> {
    /// Puts what was attempted in front of the message.
    fn context(self, attempted: &str) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Context<T> for Result<T, E> {
    fn context(self, attempted: &str) -> Result<T, Failure> {
        self.map_err(|error| error.into().in_context(attempted))
    }
}

#[cfg(test)]
mod tests {
    use super::{Context, Failure};

    #[test]
    fn failure_with_context_and_output_shows_all_three() {
        let failed: Result<(), Failure> = Err(Failure::new("exit code 1").with_output("a\nb\n"));
        let Err(failure) = failed.context("terraform plan") else {
            panic!("a failure stays one");
        };
        assert_eq!(
            failure.to_string(),
            "error: terraform plan: exit code 1\n\nIts output:\na\nb"
        );
    }

    #[test]
    fn failure_from_an_error_names_the_causes_once() {
        let error = std::io::Error::other("no space");
        assert_eq!(Failure::from(error).to_string(), "error: no space");
    }
}
