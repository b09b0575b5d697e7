//! The level that the practitioner asks for.

use std::ffi::OsString;

pub(crate) use tracing::level_filters::LevelFilter as Level;

/// The level of the provider of that name; `None` when there is to be no log.
///
/// The first variable that is set decides: `TF_LOG_PROVIDER_<NAME>`, `TF_LOG_PROVIDER`, `TF_LOG`.
pub(super) fn wanted(
    provider_name: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<Level> {
    let own = provider_name.to_uppercase().replace('-', "_");
    let value = [
        &format!("TF_LOG_PROVIDER_{own}"),
        "TF_LOG_PROVIDER",
        "TF_LOG",
    ]
    .into_iter()
    .filter_map(variable)
    .find(|value| !value.is_empty())?;
    let level = match value.to_string_lossy().to_uppercase().as_str() {
        "OFF" => return None,
        "ERROR" => Level::ERROR,
        "WARN" => Level::WARN,
        "INFO" => Level::INFO,
        "DEBUG" => Level::DEBUG,
        // `JSON` is Terraform's word for everything; it takes words that it does not know so, too.
        _ => Level::TRACE,
    };
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(variables: &[(&str, &str)]) -> Option<Level> {
        wanted("bread-toaster", |name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn level_without_variables_is_none() {
        assert_eq!(level(&[]), None);
        assert_eq!(level(&[("TF_LOG", "")]), None);
        assert_eq!(level(&[("TF_LOG", "off")]), None);
    }

    #[test]
    fn level_is_that_of_the_most_specific_variable() {
        let general = ("TF_LOG", "error");
        let providers = ("TF_LOG_PROVIDER", "info");
        let own = ("TF_LOG_PROVIDER_BREAD_TOASTER", "debug");
        assert_eq!(level(&[general]), Some(Level::ERROR));
        assert_eq!(level(&[general, providers]), Some(Level::INFO));
        assert_eq!(level(&[general, providers, own]), Some(Level::DEBUG));
        assert_eq!(level(&[general, ("TF_LOG_PROVIDER", "OFF")]), None);
    }

    #[test]
    fn level_json_is_everything() {
        assert_eq!(level(&[("TF_LOG", "JSON")]), Some(Level::TRACE));
    }
}
