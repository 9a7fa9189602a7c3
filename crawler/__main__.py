"""`sosik` and `python -m crawler`. Loads nothing before Ctrl-C is looked after: until then Python answers it with a trace."""

from crawler.cli.interrupt import end_at_interrupts, look_after_interrupts


def main() -> None:
    look_after_interrupts()
    from crawler.cli.main import main as run

    try:
        run()
    finally:
        end_at_interrupts()


if __name__ == "__main__":
    main()
