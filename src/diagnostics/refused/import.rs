//! The command that imports what is there already.

/// The command that imports an object, for a shell. ADDRESS is the resource's, which the CLI shows with the
/// error.
pub(super) fn import_command(id: &str) -> String {
    format!(
        "  terraform import ADDRESS '{}'\n\nADDRESS is that of this resource; an `import` block with that id does the \
         same.",
        id.replace('\'', "'\\''")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_command_is_quoted_for_a_shell() {
        let command = import_command("cluster:orders/it's $HOME");
        assert!(
            command.contains("terraform import ADDRESS 'cluster:orders/it'\\''s $HOME'\n"),
            "{command}"
        );
    }
}
