//! What a binary says of itself: the system and the architecture that its first bytes name.

use crate::{Failure, Target};

/// Of an ELF file, `e_machine`. <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>
const ELF_MACHINES: [(u16, &str); 4] = [(3, "386"), (40, "arm"), (62, "amd64"), (183, "arm64")];
/// Of a PE file, `Machine`. <https://learn.microsoft.com/windows/win32/debug/pe-format#machine-types>
const PE_MACHINES: [(u16, &str); 3] = [(0x14c, "386"), (0x8664, "amd64"), (0xaa64, "arm64")];
/// Of a 64-bit Mach-O file, `cputype`.
const MACH_O_CPUS: [(u32, &str); 2] = [(0x0100_0007, "amd64"), (0x0100_000c, "arm64")];

/// Holds a binary against the target that it is given for.
///
/// # Errors
/// When it is one for another system or architecture, or no executable.
pub fn check(target: &Target, binary: &[u8]) -> Result<(), Failure> {
    let (systems, architecture) = kind(binary).ok_or_else(|| {
        Failure::new(format!(
            "the binary for {target} is no executable of Linux, FreeBSD, Windows or macOS"
        ))
    })?;
    if systems.contains(&target.system()) && architecture == target.architecture() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the binary for {target} is one of {}_{architecture}",
        systems.join("/")
    )))
}

/// The systems that run such a file, and the architecture.
fn kind(binary: &[u8]) -> Option<(&'static [&'static str], &'static str)> {
    if binary.starts_with(b"\x7fELF") {
        let machine = u16_at(binary, 18)?;
        return Some((&["linux", "freebsd"], named(&ELF_MACHINES, machine)?));
    }
    if binary.starts_with(b"MZ") {
        let header = usize::try_from(u32_at(binary, 0x3c)?).ok()?;
        let machine = u16_at(binary, header.checked_add(4)?)?;
        let is_pe = binary.get(header..)?.starts_with(b"PE\0\0");
        return is_pe
            .then(|| named(&PE_MACHINES, machine))
            .flatten()
            .map(|name| (&["windows"][..], name));
    }
    if binary.starts_with(b"\xcf\xfa\xed\xfe") {
        return Some((&["darwin"], named(&MACH_O_CPUS, u32_at(binary, 4)?)?));
    }
    None
}

fn named<T: PartialEq + Copy>(names: &[(T, &'static str)], number: T) -> Option<&'static str> {
    let found = names.iter().find(|(one, _)| *one == number);
    found.map(|(_, name)| *name)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// The least that is taken for a binary for a target, to try what follows from it. It does nothing.
///
/// # Panics
/// When the architecture is none of its system's.
pub fn pretended(target: &Target) -> Vec<u8> {
    fn number<T: Copy>(names: &[(T, &str)], target: &Target) -> T {
        let mut of = names.iter();
        let found = of.find(|(_, name)| *name == target.architecture());
        found.expect("the system has the architecture").0
    }
    let mut bytes = vec![0; 128];
    match target.system() {
        "windows" => {
            bytes[..2].copy_from_slice(b"MZ");
            bytes[0x3c] = 64;
            bytes[64..68].copy_from_slice(b"PE\0\0");
            bytes[68..70].copy_from_slice(&number(&PE_MACHINES, target).to_le_bytes());
        }
        "darwin" => {
            bytes[..4].copy_from_slice(b"\xcf\xfa\xed\xfe");
            bytes[4..8].copy_from_slice(&number(&MACH_O_CPUS, target).to_le_bytes());
        }
        _ => {
            bytes[..4].copy_from_slice(b"\x7fELF");
            bytes[18..20].copy_from_slice(&number(&ELF_MACHINES, target).to_le_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{check, pretended};
    use crate::Target;

    const TRIPLES: [&str; 6] = [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-pc-windows-gnu",
        "aarch64-pc-windows-gnullvm",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ];

    #[test]
    fn binary_is_taken_for_its_own_target_alone() {
        for one in TRIPLES.map(|triple| Target::parse(triple).expect("it is one")) {
            for other in TRIPLES.map(|triple| Target::parse(triple).expect("it is one")) {
                let checked = check(&one, &pretended(&other));
                match one == other {
                    true => checked.expect("it is the target's"),
                    false => {
                        let refused = checked.expect_err("it is another's").to_string();
                        assert!(
                            refused.ends_with(&other.platform())
                                || refused.contains("linux/freebsd"),
                            "{refused}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn binary_of_this_test_is_one_of_this_machine() {
        let this = std::env::current_exe().expect("a test has a path");
        let bytes = std::fs::read(this).expect("it can be read");
        let (systems, architecture) = super::kind(&bytes).expect("it is an executable");
        let system = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        assert!(systems.contains(&system), "{systems:?}");
        let names = [("x86_64", "amd64"), ("aarch64", "arm64")];
        assert!(
            names.contains(&(std::env::consts::ARCH, architecture)),
            "{architecture}"
        );
    }

    #[test]
    fn text_and_cut_headers_are_no_executable() {
        let target = Target::parse(TRIPLES[0]).expect("it is one");
        for bytes in [
            &b"#!/bin/sh\n"[..],
            b"",
            b"\x7fELF",
            b"MZ",
            b"\xcf\xfa\xed\xfe",
        ] {
            let refused = check(&target, bytes).expect_err("it is none").to_string();
            assert!(refused.contains("is no executable"), "{refused}");
        }
    }
}
