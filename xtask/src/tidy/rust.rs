//! The paths in Rust code, read without a parser: of imports, and of what is named where it is used.

/// A path such as `crate::aws::Error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustPath {
    /// The line that it ends on, from 1.
    pub line: usize,
    /// Its names, `*` among them.
    pub names: Vec<String>,
    /// What it is called from here on; `None` where it is used, not imported.
    pub alias: Option<String>,
}

/// The code alone: comments, texts and characters become spaces, lines stay where they are.
pub fn without_comments_and_texts(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => 1 + quoted(&rest[1..]),
            'r' if !code.ends_with(is_name) => raw_text(rest),
            'b' if !code.ends_with(is_name) && rest.starts_with("br") => match raw_text(&rest[1..])
            {
                0 => 0,
                length => length + 1,
            },
            '\'' => character(rest),
            _ => 0,
        };
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let blank = |c| if c == '\n' { '\n' } else { ' ' };
            code.extend(rest[..length].chars().map(blank));
            rest = &rest[length..];
        }
    }
    code
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length up to and with the quote that ends the text.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of `r"…"` or `r#"…"#`, 0 if it is none.
fn raw_text(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    let start = 1 + hashes;
    if !text[start..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    text[start + 1..]
        .find(&end)
        .map_or(text.len(), |at| start + 1 + at + end.len())
}

/// The length of `'x'` or `'\n'`, 0 if it is a lifetime.
fn character(text: &str) -> usize {
    let mut rest = text.char_indices().skip(1);
    let Some((_, first)) = rest.next() else {
        return 0;
    };
    if first == '\\' {
        return text[3.min(text.len())..]
            .find('\'')
            .map_or(0, |at| 3 + at + 1);
    }
    match rest.next() {
        Some((at, '\'')) => at + 1,
        _ => 0,
    }
}

/// The code before the tests, which are last in a file.
pub fn before_tests(code: &str) -> &str {
    let mut from = 0;
    while let Some(at) = code[from..].find("#[cfg(test)]") {
        let at = from + at;
        let item = code[at + "#[cfg(test)]".len()..].trim_start();
        let body = item.find(['{', ';']).map(|end| &item[end..=end]);
        if item.starts_with("mod ") && body == Some("{") {
            return &code[..at];
        }
        from = at + 1;
    }
    code
}

/// The modules that only tests have: `#[cfg(test)] mod NAME;`.
pub fn test_modules(code: &str) -> Vec<&str> {
    let items = code.split("#[cfg(test)]").skip(1);
    items
        .filter_map(|item| {
            let item = item.trim_start();
            let item = item.strip_prefix("pub ").unwrap_or(item);
            let (name, _) = item.strip_prefix("mod ")?.split_once(';')?;
            name.chars().all(is_name).then_some(name)
        })
        .collect()
}

/// All paths of two names and more, and those that are imported.
pub fn paths(code: &str) -> Vec<RustPath> {
    let mut reader = Reader {
        tokens: tokens(code),
        at: 0,
    };
    let mut found = Vec::new();
    while let Some(&(line, token)) = reader.tokens.get(reader.at) {
        if token == "use" {
            reader.at += 1;
            reader.import(&[], &mut found);
        } else if token.starts_with(is_name) {
            let mut names = vec![token.to_owned()];
            reader.at += 1;
            let mut line = line;
            while reader.peek() == Some("::") {
                let Some(&(next_line, next)) = reader.tokens.get(reader.at + 1) else {
                    break;
                };
                if !next.starts_with(is_name) {
                    break;
                }
                names.push(next.to_owned());
                line = next_line;
                reader.at += 2;
            }
            if names.len() > 1 {
                found.push(RustPath {
                    line,
                    names,
                    alias: None,
                });
            }
        } else {
            reader.at += 1;
        }
    }
    found
}

struct Reader<'a> {
    tokens: Vec<(usize, &'a str)>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(|(_, token)| *token)
    }

    /// Reads one tree of an import: `a::b`, `a as b`, `a::*`, `a::{b, c}`.
    fn import(&mut self, before: &[String], found: &mut Vec<RustPath>) {
        let mut names = before.to_vec();
        let mut line = 0;
        while let Some(&(here, token)) = self.tokens.get(self.at) {
            match token {
                "{" => {
                    self.at += 1;
                    while self.peek().is_some_and(|token| token != "}") {
                        let start = self.at;
                        self.import(&names, found);
                        if self.peek() == Some(",") || self.at == start {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "::" => self.at += 1,
                "as" => break,
                // `a::{self}` is `a`.
                "self" if !before.is_empty() => self.at += 1,
                name if name == "*" || name.starts_with(is_name) => {
                    names.push(name.to_owned());
                    self.at += 1;
                }
                _ => break,
            }
            line = here;
        }
        let mut alias = names.last().cloned();
        if self.peek() == Some("as") {
            alias = self
                .tokens
                .get(self.at + 1)
                .map(|(_, name)| (*name).to_owned());
            self.at += 2;
        }
        if !names.is_empty() {
            found.push(RustPath { line, names, alias });
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Names, `::`, and single characters, each with its line.
fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if is_name(first) {
                rest.find(|c| !is_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push((line, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{before_tests, paths, test_modules, without_comments_and_texts};

    fn read(code: &str) -> Vec<(usize, String)> {
        let found = paths(code).into_iter();
        found
            .map(|path| (path.line, path.names.join("::")))
            .collect()
    }

    #[test]
    fn import_of_a_tree_is_each_of_its_leaves() {
        let found = read("use crate::{\n    a::{self, B as C},\n    d::*,\n};\n");
        let expected = [
            (2, "crate::a".to_owned()),
            (2, "crate::a::B".to_owned()),
            (3, "crate::d::*".to_owned()),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn path_is_found_where_it_is_used() {
        let found = read("fn f() {\n  let x = crate::a::f::<u8>(super::B);\n}\n");
        let expected = [(2, "crate::a::f".to_owned()), (2, "super::B".to_owned())];
        assert_eq!(found, expected);
    }

    #[test]
    fn alias_is_the_name_from_here_on() {
        let found = paths("pub use a::B as C;");
        assert_eq!(found[0].alias.as_deref(), Some("C"));
    }

    #[test]
    fn comment_text_and_character_are_no_code() {
        let text = "a // x::y\n/* /* x */ y */ b \"x\\\"y\" r#\"x\"y\"# '\"' 'c' &'static c";
        let code = without_comments_and_texts(text);
        let words: Vec<&str> = code.split_whitespace().collect();
        assert_eq!(words, ["a", "b", "&'static", "c"]);
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn tests_are_what_follows_their_module() {
        let code = "#[cfg(test)]\nmod testing;\nmod a;\n#[cfg(test)]\nmod tests {\n}\n";
        assert_eq!(before_tests(code), "#[cfg(test)]\nmod testing;\nmod a;\n");
        assert_eq!(test_modules(code), ["testing"]);
    }
}
