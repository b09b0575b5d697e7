//! An error with what caused it, in one line.

use std::error::Error;

/// An error and its causes, those left out that the ones before them quote.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut current = error.source();
    while let Some(source) = current {
        let more = source.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        current = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{said}")]
    struct Failed {
        said: &'static str,
        source: Option<Box<Self>>,
    }

    fn failed(said: &'static str, source: Option<Failed>) -> Failed {
        Failed {
            said,
            source: source.map(Box::new),
        }
    }

    #[test]
    fn chain_names_each_cause_once() {
        let refused = failed("connection refused", None);
        let quoting = failed("no answer: connection refused", Some(refused));
        let error = failed("the call failed", Some(quoting));
        assert_eq!(
            chain(&error),
            "the call failed: no answer: connection refused"
        );
    }
}
