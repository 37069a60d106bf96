"""``python -m twin``."""

from twin.interrupts import listening

with listening():
    from twin.cli.main import main

    main()
