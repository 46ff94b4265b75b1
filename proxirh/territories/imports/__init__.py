"""Files that fill territories: each import checks every row, then compares with the database, then writes or not."""
