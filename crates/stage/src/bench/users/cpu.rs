//! What ended children used of the processor: other work on the machine makes a command slow, but hardly
//! changes this.

use std::time::Duration;

/// A tick of the processor times in `/proc`, which is the same on all of Linux's architectures.
const TICK: Duration = Duration::from_millis(10);

/// The time of all children that have ended and of theirs, in user and system mode; `None` where the
/// operating system has no `/proc`. <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
pub fn of_children() -> Option<Duration> {
    parse(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

fn parse(stat: &str) -> Option<Duration> {
    // The name in parentheses may hold anything, also spaces; what follows are the fields from the third.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<u32> = fields
        .split(' ')
        .skip(16 - 3)
        .take(2)
        .map(|field| field.parse().ok())
        .collect::<Option<_>>()?;
    let [user, system] = ticks.as_slice() else {
        return None;
    };
    Some(TICK * (user + system))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::parse;

    #[test]
    fn cpu_of_children_is_read_behind_a_name_with_anything_in_it() {
        let stat = "7 (a b) 9) S 1 7 7 0 -1 4194560 100 200 0 0 11 12 13 14 20 0 1 0 99 0 0";
        assert_eq!(parse(stat), Some(Duration::from_millis(270)));
        assert_eq!(parse("7 (a) S 1"), None);
    }
}
