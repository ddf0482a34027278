// Package sqlstore keeps conversations in SQLite or PostgreSQL.
package sqlstore
