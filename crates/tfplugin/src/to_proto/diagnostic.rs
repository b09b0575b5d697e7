//! Messages for the practitioner.

use super::attribute_path;
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Severity},
    proto::tfplugin6::{self as proto, diagnostic::Severity as ProtoSeverity},
};

/// One message.
pub(crate) fn diagnostic(diagnostic: Diagnostic) -> proto::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => ProtoSeverity::Error,
        Severity::Warning => ProtoSeverity::Warning,
    };
    proto::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.attribute.map(attribute_path),
    }
}

/// Messages, in their order.
pub(crate) fn diagnostics(diagnostics: Diagnostics) -> Vec<proto::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::AttributePath;

    #[test]
    fn diagnostics_keep_order_severity_and_blame() {
        let messages = [
            Diagnostic::warning("Careful", "It is hot.").at("slots"),
            Diagnostic::error("No Bread", "Put some in."),
        ];
        let found = diagnostics(messages.into_iter().collect());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].severity(), ProtoSeverity::Warning);
        assert_eq!(
            found[0].attribute,
            Some(attribute_path(AttributePath::root("slots")))
        );
        assert_eq!(found[1].severity(), ProtoSeverity::Error);
        assert_eq!(
            (found[1].summary.as_str(), found[1].detail.as_str()),
            ("No Bread", "Put some in.")
        );
        assert_eq!(found[1].attribute, None);
    }
}
