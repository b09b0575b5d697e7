//! What `--picture` writes: the screen as an SVG, which a README can show.

use std::{fmt::Write as _, fs, path::Path};

use xtask::{
    failure::{Context, Failure},
    screen::Tone,
};

/// Characters in a row; what is longer goes on in the next one, as in a terminal.
const COLUMNS: usize = 112;
/// All lengths are pixels. Fonts differ in the width of their characters: this is that of the widest.
const CHARACTER: f32 = 8.5;
const ROW: usize = 20;
const MARGIN: usize = 20;

/// Writes a picture of lines, each in its tone.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, lines: &[(Tone, String)]) -> Result<(), Failure> {
    fs::write(file, svg(lines)).context(&format!("writing {}", file.display()))
}

/// The ground is dark whatever page is around it, as that of most terminals.
fn svg(lines: &[(Tone, String)]) -> String {
    let rows: Vec<(Tone, String)> = lines
        .iter()
        .flat_map(|(tone, text)| wrapped(text).map(|row| (*tone, row)))
        .collect();
    let width = (COLUMNS as f32).mul_add(CHARACTER, 2.0 * MARGIN as f32) as usize;
    let height = rows.len() * ROW + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xml:space=\"preserve\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\">\n\
         <style>\n\
         text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, \"Liberation Mono\", monospace; \
         fill: #d0d7de; white-space: pre; }}\n\
         .bold {{ font-weight: bold; fill: #ffffff; }}\n\
         .dim {{ fill: #8b949e; }}\n\
         .green {{ fill: #56d364; }}\n\
         .yellow {{ fill: #e3b341; }}\n\
         .red {{ fill: #ff7b72; }}\n\
         </style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (index, (tone, text)) in rows.iter().enumerate() {
        if text.is_empty() {
            continue;
        }
        // Writing to a text cannot fail.
        let _ignored = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{}\"{}>{}</text>",
            MARGIN + index * ROW + ROW * 3 / 4,
            class(*tone),
            escaped(text)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A line in rows; one empty row for an empty line.
fn wrapped(line: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = line.chars().filter(|one| !one.is_control()).collect();
    let rows = characters.len().div_ceil(COLUMNS).max(1);
    (0..rows).map(move |row| {
        let from = row * COLUMNS;
        let to = characters.len().min(from + COLUMNS);
        characters[from..to].iter().collect()
    })
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Bold => " class=\"bold\"",
        Tone::Dim => " class=\"dim\"",
        Tone::Green => " class=\"green\"",
        Tone::Yellow => " class=\"yellow\"",
        Tone::Red => " class=\"red\"",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[(Tone, &str)]) -> Vec<String> {
        let lines: Vec<(Tone, String)> = lines
            .iter()
            .map(|(tone, text)| (*tone, (*text).to_owned()))
            .collect();
        let svg = svg(&lines);
        let rows = svg.lines().filter(|line| line.starts_with("<text"));
        rows.map(str::to_owned).collect()
    }

    #[test]
    fn picture_has_each_line_in_its_tone_one_below_the_other() {
        assert_eq!(
            rows(&[
                (Tone::Bold, "1. Before"),
                (Tone::Plain, ""),
                (Tone::Green, "   passed"),
            ]),
            [
                "<text x=\"20\" y=\"35\" class=\"bold\">1. Before</text>",
                "<text x=\"20\" y=\"75\" class=\"green\">   passed</text>",
            ]
        );
    }

    #[test]
    fn picture_of_what_means_something_to_xml_or_a_terminal_has_it_as_text() {
        assert_eq!(
            rows(&[(Tone::Plain, "false -> \"<a>\" & \u{1b}b")]),
            ["<text x=\"20\" y=\"35\">false -&gt; \"&lt;a&gt;\" &amp; b</text>"]
        );
    }

    #[test]
    fn picture_of_a_long_line_goes_on_in_the_next_row() {
        let long = format!("{}ü{}", "a".repeat(COLUMNS - 1), "b".repeat(COLUMNS + 1));
        let rows = rows(&[(Tone::Plain, &long), (Tone::Plain, "end")]);
        assert_eq!(rows.len(), 4);
        assert!(rows[0].ends_with("aü</text>"), "{}", rows[0]);
        assert!(rows[2].ends_with(">b</text>"), "{}", rows[2]);
    }
}
