//! The provider on the local stand-in for Aurora: `cargo xtask demo` and `cargo xtask bench`.

pub mod bench;
mod busy;
pub mod configuration;
pub mod demo;
pub mod local_mirror;
mod private;
mod process;
mod runtime;
mod terraform_cli;
mod workspace;
pub mod wrapper;

#[cfg(test)]
mod tests {
    use rds_emulator::majors as stand_in;
    use xtask::majors;

    #[test]
    fn majors_of_the_commands_are_those_of_the_stand_in() {
        assert_eq!(majors::MAJORS, stand_in::MAJORS);
        assert_eq!(majors::UNDER_TEST, stand_in::UNDER_TEST);
        assert_eq!(
            majors::FIRST_WITH_GRANTOR_ROWS,
            stand_in::FIRST_WITH_GRANTOR_ROWS
        );
    }
}
