//! The variables that libpq knows.
//! <https://www.postgresql.org/docs/current/libpq-envars.html>

use std::{collections::BTreeMap, fmt};

use tfplugin::{Diagnostic, Field};

use super::origin::{Origin, Sourced};

/// Environment variables, read once.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The `PG*` variables of this process. What is not in UTF-8 has replacement characters, with which a value is
    /// refused once it is used.
    pub fn process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let value = || value.to_string_lossy().into_owned();
            name.starts_with("PG").then(|| (name, value()))
        });
        Self(variables.collect())
    }

    /// The given variables.
    pub fn new<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn get(&self, name: &'static str) -> Option<Sourced<String>> {
        let value = self.0.get(name).filter(|value| !value.is_empty())?;
        Some(Sourced::new(value.clone(), Origin::Variable(name)))
    }

    /// What is configured, else the value of a variable that is set and not empty.
    pub(super) fn configured_or(
        &self,
        configured: &Field<String>,
        name: &'static str,
    ) -> Option<Sourced<String>> {
        match configured.known() {
            Some(value) => Some(Sourced::configured(value.clone())),
            None => self.get(name),
        }
    }

    /// The value of a variable that is set and not empty, as a number.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn number<T: std::str::FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<Sourced<T>>, Diagnostic> {
        let Some(Sourced { value, origin }) = self.get(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(number) => Ok(Some(Sourced::new(number, origin))),
            Err(_) => Err(invalid(
                name,
                &format!("is set to {value:?}, which is not a valid number"),
            )),
        }
    }
}

/// A variable that cannot be used; `fault` completes the sentence that its name begins.
pub(super) fn invalid(name: &str, fault: &str) -> Diagnostic {
    Diagnostic::error("Invalid Environment Variable", format!("{name} {fault}."))
}

impl fmt::Debug for Environment {
    /// Names only: `PGPASSWORD` is among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environment_debug_shows_no_value() {
        let environment = Environment::new([("PGPASSWORD", "hush-hush")]);
        assert!(!format!("{environment:?}").contains("hush"));
    }

    #[test]
    fn environment_value_that_is_no_number_is_refused_with_the_variable() {
        let environment = Environment::new([("PGPORT", "x")]);
        let error = environment.number::<u16>("PGPORT").expect_err("no number");
        assert!(
            error.detail.starts_with("PGPORT is set to"),
            "{}",
            error.detail
        );
    }
}
