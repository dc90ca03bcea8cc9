"""`python -m monitor.cli`, where the console script is not on the PATH."""

from monitor.cli import main

if __name__ == "__main__":
    main()
