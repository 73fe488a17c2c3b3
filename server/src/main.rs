//! The program `guildhall`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any thread is there: this writes to the environment. A variable wins over the file.
    if let Err(error) = dotenvy::from_path(".env")
        && !error.not_found()
    {
        eprintln!("guildhall: .env: {error}");
        return ExitCode::FAILURE;
    }
    guildhall_server::cli::main()
}
