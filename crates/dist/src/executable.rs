//! What a binary says of itself: the system and the architecture that its headers name, and where its parts end.

use object::{
    Architecture, File, FileFlags, LittleEndian, Object, ObjectKind, ObjectSection, ObjectSegment,
    elf::{ELFOSABI_FREEBSD, ELFOSABI_GNU, ELFOSABI_SYSV},
    macho::{self, PLATFORM_MACOS, Platform},
    pe::IMAGE_SUBSYSTEM_WINDOWS_CUI,
    read::{
        elf::{ElfFile, FileHeader, ProgramHeader},
        macho::{LoadCommandVariant, MachHeader, MachOFile},
        pe::{ImageNtHeaders, ImageOptionalHeader},
    },
};

use crate::{Failure, Target};

/// Holds a binary against the target that it is given for.
///
/// # Errors
/// When it is one for another system or architecture, not whole, or no executable.
pub fn check(target: &Target, binary: &[u8]) -> Result<(), Failure> {
    let (system, architecture) = kind(binary).map_err(|why| {
        Failure::new(format!(
            "the binary for {target} is no whole executable of Linux, FreeBSD, Windows or macOS: {why}"
        ))
    })?;
    if system == target.system() && architecture == target.architecture() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the binary for {target} is one of {system}_{architecture}"
    )))
}

/// The system and the architecture that a program is for, as the registries call them; otherwise why it is none.
fn kind(binary: &[u8]) -> Result<(&'static str, &'static str), String> {
    let file = File::parse(binary).map_err(|error| error.to_string())?;
    let architecture = match file.architecture() {
        _ if !file.is_little_endian() => return Err("it is big-endian".to_owned()),
        Architecture::X86_64 => "amd64",
        Architecture::Aarch64 => "arm64",
        Architecture::I386 => "386",
        Architecture::Arm => "arm",
        other => return Err(format!("its architecture is {other:?}")),
    };
    let (system, is_program) = match (&file, file.flags()) {
        // A static program and one at any address are what a library is in ELF, but for where they begin.
        (File::Elf32(_) | File::Elf64(_), FileFlags::Elf { os_abi, .. }) => {
            let is_program = matches!(file.kind(), ObjectKind::Executable | ObjectKind::Dynamic);
            let noted = system_of_notes(&file);
            let system = match (os_abi, noted) {
                (ELFOSABI_FREEBSD, None) | (ELFOSABI_FREEBSD | ELFOSABI_SYSV, Some("FreeBSD")) => {
                    "freebsd"
                }
                (ELFOSABI_SYSV | ELFOSABI_GNU, None) => "linux",
                (other, None) => return Err(format!("its ABI has the number {}", other.0)),
                (_, Some(other)) => return Err(format!("it has the notes of {other}")),
            };
            (system, is_program)
        }
        (File::Pe32(_) | File::Pe64(_), _) => {
            if !is_for_the_console(&file) {
                return Err("it is no program for the console".to_owned());
            }
            ("windows", file.kind() == ObjectKind::Executable)
        }
        (File::MachO32(_) | File::MachO64(_), _) => {
            let platforms = platforms(&file).map_err(|error| error.to_string())?;
            // One that names none is from before there were others.
            if !platforms.is_empty() && !platforms.contains(&PLATFORM_MACOS) {
                return Err(format!("its platforms are {platforms:?}"));
            }
            ("darwin", file.kind() == ObjectKind::Executable)
        }
        _ => return Err("its format is of another system".to_owned()),
    };
    if !is_program || file.entry() == 0 || file.segments().next().is_none() {
        return Err("it cannot be started".to_owned());
    }
    match is_whole(&file, binary.len()) {
        true => Ok((system, architecture)),
        false => Err("it is cut off".to_owned()),
    }
}

/// The system whose note it has, by which all but Linux know their programs, which not all linkers number.
fn system_of_notes(file: &File<'_>) -> Option<&'static str> {
    const SYSTEMS: [&str; 5] = ["FreeBSD", "NetBSD", "OpenBSD", "DragonFly", "Android"];
    fn of<Elf: FileHeader>(file: &ElfFile<'_, Elf>) -> Option<&'static str> {
        let headers = file.elf_program_headers().iter();
        let mut lists =
            headers.filter_map(|header| header.notes(file.endian(), file.data()).ok()?);
        lists.find_map(|mut notes| {
            let mut names = std::iter::from_fn(|| notes.next().ok()?.map(|note| note.name()));
            names.find_map(|name| SYSTEMS.into_iter().find(|system| system.as_bytes() == name))
        })
    }
    match file {
        File::Elf32(file) => of(file),
        File::Elf64(file) => of(file),
        _ => None,
    }
}

/// Whether Windows gives it the console that it is started from, and with it what it reads and writes there.
fn is_for_the_console(file: &File<'_>) -> bool {
    let subsystem = match file {
        File::Pe32(file) => file.nt_headers().optional_header().subsystem(),
        File::Pe64(file) => file.nt_headers().optional_header().subsystem(),
        _ => return false,
    };
    subsystem == IMAGE_SUBSYSTEM_WINDOWS_CUI
}

/// The systems of Apple's that it says it is for.
fn platforms(file: &File<'_>) -> object::Result<Vec<Platform>> {
    fn of<Mach: MachHeader>(file: &MachOFile<'_, Mach>) -> object::Result<Vec<Platform>> {
        let mut platforms = Vec::new();
        let mut commands = file.macho_load_commands()?;
        while let Some(command) = commands.next()? {
            let platform = match (command.variant()?, command.cmd()) {
                (LoadCommandVariant::BuildVersion(build, _), _) => {
                    build.platform.get(file.endian())
                }
                (_, macho::LC_VERSION_MIN_MACOSX) => PLATFORM_MACOS,
                (_, macho::LC_VERSION_MIN_IPHONEOS) => macho::PLATFORM_IOS,
                (_, macho::LC_VERSION_MIN_TVOS) => macho::PLATFORM_TVOS,
                (_, macho::LC_VERSION_MIN_WATCHOS) => macho::PLATFORM_WATCHOS,
                _ => continue,
            };
            platforms.push(platform);
        }
        Ok(platforms)
    }
    match file {
        File::MachO32(file) => of(file),
        File::MachO64(file) => of(file),
        _ => Ok(Vec::new()),
    }
}

/// Whether all that the headers tell of is in the file.
fn is_whole(file: &File<'_>, size: usize) -> bool {
    // The sizes in the file, of which the library's own are cut to those in memory.
    let table = match file {
        File::Pe32(file) => Some(file.section_table()),
        File::Pe64(file) => Some(file.section_table()),
        _ => None,
    };
    let mut of_pe = table.iter().flat_map(|table| table.iter());
    let number = |field: object::U32<LittleEndian>| u64::from(field.get(LittleEndian));
    file.segments().all(|segment| segment.data().is_ok())
        && file.sections().all(|section| section.data().is_ok())
        && of_pe.all(|section| {
            number(section.pointer_to_raw_data) + number(section.size_of_raw_data) <= size as u64
        })
}

/// The least that is taken for a binary for a target of 64 bits, to try what follows from it: headers with one segment,
/// which is the file. It does nothing.
///
/// # Panics
/// When the target has not 64 bits.
pub fn pretended(target: &Target) -> Vec<u8> {
    // ELF, PE and Mach-O.
    let (elf, pe, mach_o): (u8, u16, u32) = match target.architecture() {
        "amd64" => (62, 0x8664, 0x0100_0007),
        "arm64" => (183, 0xaa64, 0x0100_000c),
        other => panic!("{other} has not 64 bits"),
    };
    type Fields<'a> = &'a [(usize, &'a [u8])];
    let elf_header: Fields = &[
        (0, b"\x7fELF"),
        // 64 bits, little-endian, version 1.
        (4, &[2, 1, 1]),
        // ET_EXEC.
        (16, &[2]),
        (18, &[elf]),
        (20, &[1]),
        // Where it begins, and the program headers behind this one.
        (24, &[1]),
        (32, &[64]),
        (52, &[64]),
        (54, &[56]),
        // PT_LOAD.
        (64, &[1]),
    ];
    let (size, header, fields): (u8, Fields, Fields) = match target.system() {
        "windows" => (
            240,
            &[],
            &[
                (0, b"MZ"),
                (60, &[64]),
                (64, b"PE"),
                (68, &pe.to_le_bytes()),
                // One section, the size of the optional header, and what is an executable.
                (70, &[1]),
                (84, &[112]),
                (86, &[0x22]),
                // PE32+, and where it begins.
                (88, &[0x0b, 0x02]),
                (104, &[1]),
                // A program for the console.
                (156, &[3]),
                // The sizes of the section.
                (208, &[240]),
                (216, &[240]),
            ],
        ),
        "darwin" => (
            128,
            &[],
            &[
                (0, b"\xcf\xfa\xed\xfe"),
                (4, &mach_o.to_le_bytes()),
                // MH_EXECUTE, and two load commands with their size.
                (12, &[2]),
                (16, &[2]),
                (20, &[96]),
                // LC_SEGMENT_64.
                (32, &[0x19]),
                (36, &[72]),
                (80, &[128]),
                // LC_MAIN.
                (104, &[0x28, 0, 0, 0x80]),
                (108, &[24]),
                (112, &[32]),
            ],
        ),
        "freebsd" => (
            200,
            elf_header,
            &[
                (56, &[2]),
                (96, &[200]),
                (104, &[200]),
                // PT_NOTE, behind the headers: the sizes of a name and of what it says, its type, and the name.
                (120, &[4]),
                (128, &[176]),
                (152, &[24]),
                (176, &[8]),
                (180, &[4]),
                (184, &[1]),
                (188, b"FreeBSD"),
            ],
        ),
        _ => (120, elf_header, &[(56, &[1]), (96, &[120]), (104, &[120])]),
    };
    let mut bytes = vec![0; usize::from(size)];
    for (at, field) in header.iter().chain(fields) {
        bytes[*at..at + field.len()].copy_from_slice(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{check, kind, pretended};
    use crate::Target;

    const TRIPLES: [&str; 7] = [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-pc-windows-gnu",
        "aarch64-pc-windows-gnullvm",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-unknown-freebsd",
    ];

    fn target(triple: &str) -> Target {
        Target::parse(triple).expect("it is one")
    }

    #[test]
    fn binary_is_taken_for_its_own_target_alone() {
        for one in TRIPLES.map(target) {
            for other in TRIPLES.map(target) {
                let checked = check(&one, &pretended(&other));
                match one == other {
                    true => checked.expect("it is the target's"),
                    false => {
                        let refused = checked.expect_err("it is another's").to_string();
                        assert!(refused.ends_with(&other.platform()), "{refused}");
                    }
                }
            }
        }
    }

    #[test]
    fn binary_of_this_test_is_one_of_this_machine_and_none_where_it_is_cut() {
        let this = std::env::current_exe().expect("a test has a path");
        let bytes = std::fs::read(this).expect("it can be read");
        let (system, architecture) = kind(&bytes).expect("it is an executable");
        let name = match system {
            "darwin" => "macos",
            other => other,
        };
        assert_eq!(name, std::env::consts::OS);
        let names = [("x86_64", "amd64"), ("aarch64", "arm64")];
        assert!(
            names.contains(&(std::env::consts::ARCH, architecture)),
            "{architecture}"
        );
        for size in [bytes.len() / 2, bytes.len() - 1] {
            kind(&bytes[..size]).expect_err("it is not whole");
        }
    }

    #[test]
    fn binary_that_is_cut_anywhere_is_refused() {
        for target in TRIPLES.map(target) {
            let whole = pretended(&target);
            for size in 0..whole.len() {
                let refused = check(&target, &whole[..size]).expect_err("it is not whole");
                assert!(
                    refused.to_string().contains("is no whole executable"),
                    "{size}: {refused}"
                );
            }
        }
    }

    #[test]
    fn binary_of_another_byte_order_and_libraries_are_refused() {
        let elf = target(TRIPLES[0]);
        let windows = target(TRIPLES[2]);
        // EI_DATA, e_entry, and Characteristics.
        for (target, at, field) in [(&elf, 5, 2), (&elf, 24, 0), (&windows, 87, 0x20)] {
            let mut bytes = pretended(target);
            bytes[at] = field;
            check(target, &bytes).expect_err("it is no program for it");
        }
        let script = check(&elf, b"#!/bin/sh\nexec terraform-provider-rdsiam\n");
        let refused = script.expect_err("it is a text").to_string();
        assert!(refused.contains("is no whole executable"), "{refused}");
    }

    #[test]
    fn binary_of_a_system_that_looks_like_another_one_is_refused() {
        let [windows, mac, freebsd] = [TRIPLES[2], TRIPLES[4], TRIPLES[6]].map(target);
        let linux = target(TRIPLES[0]);
        // LC_BUILD_VERSION or LC_VERSION_MIN_* in the place of LC_MAIN, which only tells where it begins, of 24 bytes.
        let build = |platform: u8| vec![0x32, 0, 0, 0, 24, 0, 0, 0, platform];
        let least = |command: u8| vec![command, 0, 0, 0, 16];
        let cases = [
            (
                &linux,
                &freebsd,
                188,
                b"NetBSD\0".to_vec(),
                "notes of NetBSD",
            ),
            (
                &linux,
                &freebsd,
                188,
                b"OpenBSD".to_vec(),
                "notes of OpenBSD",
            ),
            (&windows, &windows, 156, vec![2], "for the console"),
            (&windows, &windows, 156, vec![10], "for the console"),
            (&mac, &mac, 104, build(2), "its platforms are"),
            (&mac, &mac, 104, build(6), "its platforms are"),
            (&mac, &mac, 104, least(0x25), "its platforms are"),
        ];
        for (wanted, given, at, field, why) in cases {
            let mut bytes = pretended(given);
            bytes[at..at + field.len()].copy_from_slice(&field);
            let refused = check(wanted, &bytes).expect_err(why).to_string();
            assert!(refused.contains(why), "{refused}");
        }
        for own in [build(1), least(0x24)] {
            let mut bytes = pretended(&mac);
            bytes[104..104 + own.len()].copy_from_slice(&own);
            let refused = check(&mac, &bytes).expect_err("it begins nowhere");
            assert!(
                refused.to_string().contains("cannot be started"),
                "{refused}"
            );
        }
    }
}
