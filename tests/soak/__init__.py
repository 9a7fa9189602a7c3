"""`make soak`: the daemon for minutes or hours, under faults and kills, against sites that publish all the time."""
