//! How much memory a process has.

use std::process::Command;

use xtask::failure::{Context, Failure};

/// Resident memory in bytes.
pub struct Memory {
    /// Now.
    pub resident: u64,
    /// The most so far, where the operating system says.
    pub peak: Option<u64>,
}

impl Memory {
    /// The memory of a process: from `/proc` where there is one, else from `ps`.
    ///
    /// # Errors
    /// When neither knows the process.
    pub fn of(id: u32) -> Result<Self, Failure> {
        match std::fs::read_to_string(format!("/proc/{id}/status")) {
            Ok(status) => Self::parse(&status)
                .ok_or_else(|| Failure::new(format!("/proc/{id}/status has no VmRSS"))),
            Err(_) => Self::from_ps(id),
        }
    }

    fn parse(status: &str) -> Option<Self> {
        let kibibytes = |name: &str| -> Option<u64> {
            let value = status.lines().find_map(|line| line.strip_prefix(name))?;
            value.trim().strip_suffix(" kB")?.trim().parse().ok()
        };
        Some(Self {
            resident: kibibytes("VmRSS:")? * 1024,
            peak: kibibytes("VmHWM:").map(|peak| peak * 1024),
        })
    }

    fn from_ps(id: u32) -> Result<Self, Failure> {
        let output = Command::new("ps")
            .args(["-o", "rss=", "-p", &id.to_string()])
            .output()
            .context("ps cannot be started")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let kibibytes: u64 = text.trim().parse().context(&format!("ps says {text:?}"))?;
        Ok(Self {
            resident: kibibytes * 1024,
            peak: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn memory_in_proc_status_is_read_in_bytes() {
        let memory = Memory::parse("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n")
            .expect("both are there");
        assert_eq!(memory.resident, 1024 * 1024);
        assert_eq!(memory.peak, Some(2048 * 1024));
    }

    #[test]
    fn memory_of_this_process_is_some_and_not_above_its_peak() {
        let memory = match Memory::of(std::process::id()) {
            Ok(memory) => memory,
            Err(failure) => panic!("{failure}"),
        };
        assert!(memory.resident > 0);
        assert!(memory.peak.is_none_or(|peak| peak >= memory.resident));
    }
}
