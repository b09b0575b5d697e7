//! The zip that a CLI unpacks: the same bytes for the same files, wherever and whenever it is made.

use std::io::{Cursor, Read, Write};

use jiff::{Timestamp, tz::Offset};
use xtask::child;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{Context, Failure};

/// The mode of a program: a CLI starts what it has unpacked.
pub const PROGRAM: u32 = 0o755;
/// The mode of a text.
pub const TEXT: u32 = 0o644;

/// A file in a zip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    /// The permission bits.
    pub mode: u32,
    pub contents: Vec<u8>,
}

/// Packs files in the order of their names, all with one time, in UTC. `level` goes from 1, fast, to 9, small.
///
/// # Errors
/// When a zip cannot have that time, or not that much.
pub fn pack(files: &[File], time: Timestamp, level: i64) -> Result<Vec<u8>, Failure> {
    const PACK: &str = "the zip cannot be made";
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(level))
        .last_modified_time(date_time(time)?);
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        child::check()?;
        let options = options.unix_permissions(file.mode);
        writer.start_file(&file.name, options).context(PACK)?;
        writer.write_all(&file.contents).context(PACK)?;
    }
    Ok(writer.finish().context(PACK)?.into_inner())
}

/// The files of a zip, in its order.
///
/// # Errors
/// When it is no zip, or one that is damaged.
pub fn read(bytes: &[u8]) -> Result<Vec<File>, Failure> {
    const READ: &str = "the zip cannot be read";
    if !is_all(bytes) {
        return Err(Failure::new(
            "it is no zip, or has more before or behind it",
        ));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).context(READ)?;
    (0..archive.len())
        .map(|index| {
            child::check()?;
            let mut entry = archive.by_index(index).context(READ)?;
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).context(READ)?;
            let name = entry.name().context(READ)?;
            Ok(File {
                name: name.into_owned(),
                mode: entry.unix_mode().unwrap_or_default() & 0o7777,
                contents,
            })
        })
        .collect()
}

/// Whether a file begins and ends as a zip of ours: readers look for the end of the directory wherever it may be, and
/// take what is around it for anything. APPNOTE.TXT 4.3.16, without a comment.
fn is_all(bytes: &[u8]) -> bool {
    const SIZE: usize = 22;
    let Some((files, end)) = bytes.len().checked_sub(SIZE).map(|at| bytes.split_at(at)) else {
        return false;
    };
    let number = |at: usize| {
        let number = end[at..at + 4].iter().rev();
        number.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    // The size of the directory, which is behind the files, and where it begins.
    let directory_ends = number(12).checked_add(number(16));
    end.starts_with(b"PK\x05\x06")
        && end.ends_with(&[0, 0])
        && files.starts_with(b"PK\x03\x04")
        && directory_ends == Some(files.len())
}

/// Holds a time against those that a zip can have.
///
/// # Errors
/// When it is before 1980 or after 2107.
pub fn check_time(time: Timestamp) -> Result<(), Failure> {
    date_time(time).map(drop)
}

fn date_time(time: Timestamp) -> Result<DateTime, Failure> {
    let time = Offset::UTC.to_datetime(time);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    u16::try_from(time.year())
        .ok()
        .and_then(|year| {
            DateTime::from_date_and_time(
                year,
                part(time.month()),
                part(time.day()),
                part(time.hour()),
                part(time.minute()),
                part(time.second()),
            )
            .ok()
        })
        .ok_or_else(|| Failure::new(format!("a zip has times from 1980 to 2107, and not {time}")))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{File, PROGRAM, TEXT, pack, read};

    fn file(name: &str, mode: u32) -> File {
        File {
            name: name.to_owned(),
            mode,
            contents: format!("{name} ").repeat(100).into_bytes(),
        }
    }

    fn time(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("it is a time")
    }

    #[test]
    fn zip_of_the_same_files_in_another_order_has_the_same_bytes() {
        let (program, license) = (file("program", PROGRAM), file("LICENSE", TEXT));
        let one = pack(&[program.clone(), license.clone()], time(1_700_000_000), 9);
        let one = one.expect("it can be packed");
        let other = pack(&[license.clone(), program.clone()], time(1_700_000_000), 9);
        assert_eq!(one, other.expect("it can be packed"));
        assert_eq!(read(&one).expect("it is a zip"), [license, program]);
    }

    #[test]
    fn zip_has_names_times_and_no_extra_fields() {
        let bytes = pack(&[file("a", TEXT)], time(1_700_000_001), 1).expect("it can be packed");
        // APPNOTE.TXT 4.3.7: time and date, and the lengths of the name and of the extra field.
        // 2023-11-14 22:13:20, in two seconds.
        assert_eq!(bytes[10..14], [0xaa, 0xb1, 0x6e, 0x57]);
        assert_eq!(bytes[26..30], [1, 0, 0, 0]);
    }

    #[test]
    fn junk_that_has_the_end_of_a_zip_or_is_around_one_is_refused() {
        let zip = pack(&[file("a", TEXT)], time(1_700_000_000), 9).expect("it can be packed");
        let end = &zip[zip.len() - 22..];
        let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
        for junk in [
            b"".to_vec(),
            b"junk".to_vec(),
            end.to_vec(),
            [&b"junk"[..], &empty].concat(),
            [&b"junk"[..], &zip].concat(),
            [&zip[..], b"junk"].concat(),
            [&zip[..], end].concat(),
            zip[1..].to_vec(),
            zip[..zip.len() - 1].to_vec(),
            empty,
        ] {
            read(&junk).expect_err("it is none");
        }
        let mut flipped = zip.clone();
        flipped[35] ^= 1;
        read(&flipped).expect_err("it has another checksum");
        assert_eq!(read(&zip).expect("it is one").len(), 1);
    }

    #[test]
    fn time_that_a_zip_cannot_have_is_refused() {
        let refused = pack(&[file("a", TEXT)], time(0), 9).expect_err("1970 is too early");
        assert!(
            refused.to_string().contains("from 1980 to 2107"),
            "{refused}"
        );
    }
}
