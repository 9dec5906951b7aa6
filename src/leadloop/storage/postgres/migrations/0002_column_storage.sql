-- plain: distributed engines keep documents in their own way, and some refuse to be told (YugabyteDB, CockroachDB)
ALTER TABLE leads ALTER COLUMN doc SET STORAGE MAIN;
ALTER TABLE leads ALTER COLUMN doc SET COMPRESSION lz4;
ALTER TABLE changes ALTER COLUMN fields SET COMPRESSION lz4;
