//! The text of a row filter, which is SQL of the practitioner inside SQL of ours: it must not reach beyond its
//! parentheses.
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>

use std::{iter::Peekable, str::Chars};

/// Checks that a text is one expression, as far as its brackets and quotes tell.
///
/// # Errors
/// What is wrong with it, to complete a sentence that begins with the text.
pub fn check_filter(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("must not be empty".to_owned());
    }
    let mut open = Vec::new();
    // What of the text comes right before, as far as it is one word.
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(c) => {
                return Err(format!("must be one expression: a `{c}` closes nothing"));
            }
            ';' => return Err("must be one expression: there is a `;` in it".to_owned()),
            '\0' => return Err("must not have a zero byte in it".to_owned()),
            '-' if chars.peek() == Some(&'-') => return Err(comment()),
            '/' if chars.peek() == Some(&'*') => return Err(comment()),
            '$' if !word.starts_with(|first: char| !first.is_ascii_digit()) => {
                return Err("must not have dollar quotes in it: use `'`".to_owned());
            }
            '\'' => skip_text(&mut chars, word.eq_ignore_ascii_case("e"))?,
            '"' => skip_quoted(&mut chars, c, false)?,
            _ => {}
        }
        match is_word(c) {
            true => word.push(c),
            false => word.clear(),
        }
    }
    match open.pop() {
        Some(missing) => Err(format!("must be one expression: a `{missing}` is missing")),
        None => Ok(()),
    }
}

fn comment() -> String {
    "must not have a comment in it, which the server would not keep".to_owned()
}

/// Whether a character can be within a name: every one that is not of ASCII can.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$') || !c.is_ascii()
}

/// Reads to the end of a text constant. One that goes on in the next line is refused: whether a backslash means
/// something there depends on its beginning.
fn skip_text(chars: &mut Peekable<Chars<'_>>, has_escapes: bool) -> Result<(), String> {
    skip_quoted(chars, '\'', has_escapes)?;
    match chars.clone().find(|c| !c.is_whitespace()) {
        Some('\'') => Err("must not have two texts after one another".to_owned()),
        _ => Ok(()),
    }
}

/// Reads to the end of what is quoted. A quote that is doubled begins another part of the same.
fn skip_quoted(
    chars: &mut Peekable<Chars<'_>>,
    quote: char,
    has_escapes: bool,
) -> Result<(), String> {
    while let Some(c) = chars.next() {
        match c {
            '\\' if has_escapes => {
                chars.next();
            }
            '\0' => return Err("must not have a zero byte in it".to_owned()),
            c if c == quote && chars.peek() == Some(&quote) => {
                chars.next();
            }
            c if c == quote => return Ok(()),
            _ => {}
        }
    }
    Err(format!("must be one expression: a `{quote}` is not closed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_that_is_one_expression_is_accepted() {
        for text in [
            "id > 1",
            "(region = 'eu') AND (id BETWEEN 1 AND 5)",
            "name IN ('it''s', ';', '--', '/*', ')')",
            "\"odd ) \"\" name\" = 'x'",
            "note = E'a\\'b;'",
            "note = E'\\'; DROP TABLE x; --'",
            "tags[1] = 'x'",
            "a - -1 > 0",
            "price$ > 1",
        ] {
            assert_eq!(check_filter(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn filter_that_reaches_beyond_its_parentheses_is_refused() {
        for text in [
            "",
            "  ",
            "true); DROP TABLE x; SELECT (1",
            "true) WITH (publish = 'insert'",
            "id > 1 -- all",
            "id > 1 /* all",
            "name = 'x",
            "\"x",
            "(id > 1",
            "tags[1) = 'x'",
            "note = $$a)b$$",
            "note = $x$;$x$",
            "id = 1$$'$$",
            "note = '\\'; DROP TABLE x; --'",
            "a\0",
            "'a\0'",
            "note = E'a'\n'\\' || '); DROP TABLE x; --'",
            "like'\\'; DROP TABLE x; --'",
        ] {
            assert!(check_filter(text).is_err(), "{text}");
        }
    }
}
