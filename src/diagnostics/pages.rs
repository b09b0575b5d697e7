//! The pages that show the table of causes say what it says.

use std::{fmt::Write as _, fs, path::Path};

use super::{
    aws::FailedCall,
    row::{Phase, Row},
    server::Case,
};

/// Rows as a table in Markdown.
fn table(rows: impl IntoIterator<Item = Row>) -> String {
    let mut text =
        "| the error says | and | cause | what to do |\n| --- | --- | --- | --- |\n".to_owned();
    for row in rows {
        let cells = [row.said, row.given, row.cause, row.step];
        assert!(cells.iter().all(|cell| !cell.contains('|')), "{row:?}");
        writeln!(text, "| {} |", cells.join(" | ").replace("|  |", "| |"))
            .expect("a text can be written");
    }
    text
}

/// A page says what the table says.
#[track_caller]
fn assert_page_has(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let found = fs::read_to_string(&path).expect("the page can be read");
    assert!(
        found.contains(text),
        "{page} does not have the rows of src/diagnostics/. It has to contain:\n\n{text}"
    );
}

#[test]
fn guide_on_troubleshooting_has_all_rows() {
    let of_calls = FailedCall::ALL.into_iter().map(FailedCall::row);
    let of_servers = Case::ALL.into_iter().map(Case::row);
    let rows: Vec<Row> = of_calls.chain(of_servers).collect();
    let mut text = String::new();
    for phase in Phase::ALL {
        let heading = phase.heading();
        let rows = rows.iter().copied().filter(|row| row.phase == phase);
        write!(text, "### {heading}\n\n{}\n", table(rows)).expect("a text can be written");
    }
    assert_page_has("docs/guides/troubleshooting.md", &text);
}

#[test]
fn page_of_the_token_has_the_rows_of_tokens() {
    let rows = [
        Case::TokenForAnotherHost,
        Case::TokenForAnotherRegion,
        Case::IamOff,
        Case::TokenExpired,
        Case::TokenForAnotherUser,
        Case::TokenOfAnotherTime,
        Case::TokenRefused,
        Case::NoTokenWanted,
    ];
    assert_page_has(
        "docs/ephemeral-resources/auth_token.md",
        &table(rows.map(Case::row)),
    );
}
