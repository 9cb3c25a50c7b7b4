/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>

#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void rest_is_read(void)
{
        static const char text[] = "SELECT 'a;\nGRANT b TO c;\n";
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse("sql", text, sizeof(text) - 1, &d, &error), -EBADMSG);
        const struct node *statement = node_get(doc_root(d), "statements")->first;
        assert_string_equal(node_text(node_get(statement, "roles")->first), "b");
        assert_int_equal(statement->line, 2);
}

static void grants_name_privileges_objects_and_grantees(void **state)
{
        (void)state;
        tree_assert("sql",
                    "GRANT SELECT, Insert (a, b) ON TABLE s.t, \"U\" TO app,\n"
                    "  ROLE b WITH GRANT OPTION;\n",
                    "{} 1:1-2 0+68\n"
                    "  statements=[] 1:1-2 0+68 key 0:0\n"
                    "    {} 1:1-2 0+68\n"
                    "      statement=s'grant' 1:1-1 0+5 key 0:0\n"
                    "      privileges=[] 1:7-1 6+14 key 0:0\n"
                    "        s'select' 1:7-1 6+6\n"
                    "        s'insert' 1:15-1 14+6\n"
                    "      object_type=s'table' 1:32-1 31+5 key 0:0\n"
                    "      objects=[] 1:38-1 37+8 key 0:0\n"
                    "        s's.t' 1:38-1 37+3\n"
                    "        s'U' 1:43-1 42+3\n"
                    "      grantees=[] 1:50-2 49+13 key 0:0\n"
                    "        {} 1:50-1 49+3\n"
                    "          name=s'app' 1:50-1 49+3 key 0:0\n"
                    "        {} 2:3-2 56+6\n"
                    "          type=s'role' 2:3-2 56+4 key 0:0\n"
                    "          name=s'b' 2:8-2 61+1 key 0:0\n"
                    "      grant_option=b'true' 2:15-2 68+0 key 0:0\n");
        tree_assert_shape("sql",
                          "GRANT ALL PRIVILEGES ON *.* TO 'a'@'%', b@localhost, c@10.0.0.1;\n"
                          "REVOKE ALL ON `x`.* FROM `d`@`%`;\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'all privileges'\n"
                          "      objects=[]\n"
                          "        s'*.*'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'a'\n"
                          "          host=s'%'\n"
                          "        {}\n"
                          "          name=s'b'\n"
                          "          host=s'localhost'\n"
                          "        {}\n"
                          "          name=s'c'\n"
                          "          host=s'10.0.0.1'\n"
                          "    {}\n"
                          "      statement=s'revoke'\n"
                          "      privileges=[]\n"
                          "        s'all'\n"
                          "      objects=[]\n"
                          "        s'x.*'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n"
                          "          host=s'%'\n");
        tree_assert_shape("sql",
                          "GRANT ALL ON ALL TABLES IN SCHEMA s TO a; GRANT EXECUTE ON FUNCTION "
                          "f(int, text) TO PUBLIC;GRANT x ON account TO y",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'all'\n"
                          "      object_type=s'all tables in schema'\n"
                          "      objects=[]\n"
                          "        s's'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'a'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'execute'\n"
                          "      object_type=s'function'\n"
                          "      objects=[]\n"
                          "        s'f'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'PUBLIC'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'x'\n"
                          "      objects=[]\n"
                          "        s'account'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'y'\n");
}

static void grants_of_roles_are_told_apart(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "GRANT CONNECT, CREATE  SESSION, \"DBA\" TO a WITH ADMIN OPTION;\n"
                          "GRANT ROLE sys:superuser TO USER b;\n"
                          "REVOKE GRANT OPTION FOR SELECT ON t FROM c;",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'CONNECT'\n"
                          "        s'CREATE SESSION'\n"
                          "        s'DBA'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'a'\n"
                          "      admin_option=b'true'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'sys:superuser'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          type=s'user'\n"
                          "          name=s'b'\n"
                          "    {}\n"
                          "      statement=s'revoke'\n"
                          "      privileges=[]\n"
                          "        s'select'\n"
                          "      objects=[]\n"
                          "        s't'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'c'\n");
        tree_assert_shape("sql",
                          "GRANT 'a'@'localhost', `b` TO 'u'@'%';GRANT PROXY ON ''@'' TO r@h; "
                          "GRANT ON CLUSTER c SELECT(a, b), INSERT ON d.t TO e;",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'a'\n"
                          "        s'b'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'u'\n"
                          "          host=s'%'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'proxy'\n"
                          "      objects=[]\n"
                          "        s''\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'r'\n"
                          "          host=s'h'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'select'\n"
                          "        s'insert'\n"
                          "      objects=[]\n"
                          "        s'd.t'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'e'\n");
}

static void grants_of_sql_server_need_no_semicolon(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "GRANT CONTROL ON SCHEMA::dbo TO [D\\a]\n"
                          "DENY SELECT ON OBJECT::dbo.t TO b\n"
                          "GO\n"
                          "ALTER SERVER ROLE [sysadmin] ADD MEMBER [c];\n"
                          "ALTER ROLE r DROP MEMBER d\n"
                          "EXEC master..sp_addsrvrolemember @loginame = N'e', @rolename = N'f'\n"
                          "EXEC sp_addrolemember 'g', 'h'",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'control'\n"
                          "      object_type=s'schema'\n"
                          "      objects=[]\n"
                          "        s'dbo'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'D\\a'\n"
                          "    {}\n"
                          "      statement=s'deny'\n"
                          "      privileges=[]\n"
                          "        s'select'\n"
                          "      object_type=s'object'\n"
                          "      objects=[]\n"
                          "        s'dbo.t'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'b'\n"
                          "    {}\n"
                          "      statement=s'alter role'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'sysadmin'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'sysadmin'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'c'\n"
                          "    {}\n"
                          "      statement=s'alter role'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'r'\n"
                          "    {}\n"
                          "      statement=s'revoke'\n"
                          "      roles=[]\n"
                          "        s'r'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'f'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'e'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'g'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'h'\n");
}

static void grants_of_other_databases(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "GRANT ALL PRIVILEGES ON ACCOUNT TO ROLE a;\n"
                          "GRANT USAGE ON WAREHOUSE w TO ROLE b;\n"
                          "GRANT ALL PERMISSIONS ON ALL KEYSPACES TO c;\n"
                          "GRANT `roles/owner` ON PROJECT p TO \"user:d@e\";\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'all privileges'\n"
                          "      object_type=s'account'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          type=s'role'\n"
                          "          name=s'a'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'usage'\n"
                          "      object_type=s'warehouse'\n"
                          "      objects=[]\n"
                          "        s'w'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          type=s'role'\n"
                          "          name=s'b'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'all permissions'\n"
                          "      object_type=s'all keyspaces'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'c'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'roles/owner'\n"
                          "      object_type=s'project'\n"
                          "      objects=[]\n"
                          "        s'p'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'user:d@e'\n");
}

static void default_privileges_are_grants(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s, t\n"
                          "GRANT SELECT ON TABLES TO a;\n"
                          "ALTER DEFAULT PRIVILEGES IN SCHEMA s;\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      default_privileges=b'true'\n"
                          "      owners=[]\n"
                          "        s'o'\n"
                          "      schemas=[]\n"
                          "        s's'\n"
                          "        s't'\n"
                          "      privileges=[]\n"
                          "        s'select'\n"
                          "      object_type=s'tables'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'a'\n");
}

static void roles_have_options(void **state)
{
        (void)state;
        tree_assert("sql",
                    "CREATE ROLE a WITH SUPERUSER NOCREATEDB LOGIN VALID UNTIL 'infinity' "
                    "CONNECTION LIMIT 3 IN ROLE b, \"C\" ADMIN d;\n",
                    "{} 1:1-1 0+110\n"
                    "  statements=[] 1:1-1 0+110 key 0:0\n"
                    "    {} 1:1-1 0+110\n"
                    "      statement=s'create role' 1:1-1 0+11 key 0:0\n"
                    "      accounts=[] 1:13-1 12+1 key 0:0\n"
                    "        {} 1:13-1 12+1\n"
                    "          name=s'a' 1:13-1 12+1 key 0:0\n"
                    "      options={} 1:20-1 19+49 key 0:0\n"
                    "        superuser=b'true' 1:20-1 19+9 key 0:0\n"
                    "        createdb=b'false' 1:30-1 29+10 key 0:0\n"
                    "        login=b'true' 1:41-1 40+5 key 0:0\n"
                    "        valid_until=s'infinity' 1:59-1 58+10 key 0:0\n"
                    "      roles=[] 1:97-1 96+6 key 0:0\n"
                    "        s'b' 1:97-1 96+1\n"
                    "        s'C' 1:100-1 99+3\n"
                    "      admins=[] 1:110-1 109+1 key 0:0\n"
                    "        s'd' 1:110-1 109+1\n");
        tree_assert_shape("sql",
                          "CREATE LOGIN a WITH PASSWORD = 'x', CHECK_POLICY = OFF\n"
                          "CREATE USER IF NOT EXISTS b TYPE = SERVICE DEFAULT_ROLE = \"R\";\n"
                          "CREATE ROLE c WITH PASSWORD = ? AND SUPERUSER = false;\n"
                          "CREATE USER MAPPING FOR d SERVER e;\n"
                          "ALTER ROLE f SET search_path = g; CREATE USER h PASSWORD EXPIRE NEVER;\n"
                          "ALTER GROUP g ADD USER h, i;\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'create login'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'a'\n"
                          "      password=s'literal'\n"
                          "      options={}\n"
                          "        check_policy=s'OFF'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'b'\n"
                          "      options={}\n"
                          "        type=s'SERVICE'\n"
                          "        default_role=s'R'\n"
                          "    {}\n"
                          "      statement=s'create role'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'c'\n"
                          "      password=s'variable'\n"
                          "      options={}\n"
                          "        superuser=b'false'\n"
                          "    {}\n"
                          "      statement=s'alter role'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'f'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'h'\n"
                          "      options={}\n"
                          "        password_expire=s'NEVER'\n"
                          "    {}\n"
                          "      statement=s'alter group'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'g'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'g'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'h'\n"
                          "        {}\n"
                          "          name=s'i'\n");
}

static void passwords_are_told_not_kept(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "CREATE USER a PASSWORD 'x'; ALTER USER b PASSWORD NULL; CREATE USER c "
                          "PASSWORD :'v';\n"
                          "CREATE USER 'd'@'%' IDENTIFIED WITH p BY '${X}', 'e'@'f' IDENTIFIED BY "
                          "'y'; CREATE USER g IDENTIFIED BY \"z\";\n"
                          "CREATE USER h IDENTIFIED EXTERNALLY; SET PASSWORD FOR 'i'@'%' = "
                          "PASSWORD('x'); CREATE USER j PASSWORD '';\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'a'\n"
                          "      password=s'literal'\n"
                          "    {}\n"
                          "      statement=s'alter user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'b'\n"
                          "      password=s'none'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'c'\n"
                          "      password=s'variable'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'd'\n"
                          "          host=s'%'\n"
                          "        {}\n"
                          "          name=s'e'\n"
                          "          host=s'f'\n"
                          "      options={}\n"
                          "        plugin=s'p'\n"
                          "      password=s'variable'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'g'\n"
                          "      password=s'literal'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'h'\n"
                          "    {}\n"
                          "      statement=s'set password'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'i'\n"
                          "          host=s'%'\n"
                          "      password=s'literal'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'j'\n"
                          "      password=s'empty'\n");
}

static void row_policies_have_conditions(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "CREATE POLICY \"all\" ON p.t AS PERMISSIVE FOR ALL TO public USING ( "
                          "true ) WITH CHECK ((1=1));\n"
                          "CREATE POLICY q ON t FOR INSERT WITH CHECK (a() = b);\n"
                          "ALTER TABLE ONLY t DISABLE ROW LEVEL SECURITY; ALTER TABLE t NO FORCE "
                          "ROW LEVEL SECURITY;\n"
                          "ALTER TABLE t ADD COLUMN c int; CREATE PASSWORD POLICY r;",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'create policy'\n"
                          "      name=s'all'\n"
                          "      object=s'p.t'\n"
                          "      as=s'PERMISSIVE'\n"
                          "      for=s'ALL'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'public'\n"
                          "      using=s'true'\n"
                          "      check=s'(1=1)'\n"
                          "      always=b'true'\n"
                          "    {}\n"
                          "      statement=s'create policy'\n"
                          "      name=s'q'\n"
                          "      object=s't'\n"
                          "      for=s'INSERT'\n"
                          "      check=s'a() = b'\n"
                          "      always=b'false'\n"
                          "    {}\n"
                          "      statement=s'alter table'\n"
                          "      object=s't'\n"
                          "      row_security=b'false'\n"
                          "    {}\n"
                          "      statement=s'alter table'\n"
                          "      object=s't'\n"
                          "      row_security_forced=b'false'\n");
}

static void functions_tell_whose_rights_they_have(void **state)
{
        (void)state;
        tree_assert_shape(
                "sql",
                "CREATE OR REPLACE FUNCTION s.f(a int DEFAULT 1) RETURNS void LANGUAGE sql\n"
                " AS $f$ GRANT x TO y; $f$ SECURITY DEFINER SET search_path = pg_catalog;\n"
                "CREATE DEFINER=`r`@`h` PROCEDURE p() SQL SECURITY INVOKER\n"
                "BEGIN GRANT a TO b; END;\n",
                "{}\n"
                "  statements=[]\n"
                "    {}\n"
                "      statement=s'create function'\n"
                "      name=s's.f'\n"
                "      security=s'DEFINER'\n"
                "      search_path=s'pg_catalog'\n"
                "    {}\n"
                "      statement=s'grant'\n"
                "      roles=[]\n"
                "        s'x'\n"
                "      grantees=[]\n"
                "        {}\n"
                "          name=s'y'\n"
                "    {}\n"
                "      statement=s'create procedure'\n"
                "      name=s'p'\n"
                "      security=s'INVOKER'\n"
                "    {}\n"
                "      statement=s'grant'\n"
                "      roles=[]\n"
                "        s'a'\n"
                "      grantees=[]\n"
                "        {}\n"
                "          name=s'b'\n");
        tree_assert_shape("sql",
                          "CREATE FUNCTION f() RETURNS int AS $$ GRANT x TO y; $$;\n"
                          "CREATE FUNCTION g() AS 'a' SECURITY DEFINER;\n"
                          "CREATE FUNCTION h() AS 'a';",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'x'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'y'\n"
                          "    {}\n"
                          "      statement=s'create function'\n"
                          "      name=s'g'\n"
                          "      security=s'DEFINER'\n");
}

static void statements_stand_in_blocks_and_strings(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "DO $$ BEGIN IF a THEN CREATE ROLE b; ELSE DROP ROLE c; END IF; EXECUTE "
                          "'GRANT d TO e'; END $$;\n"
                          "BEGIN EXECUTE IMMEDIATE 'GRANT f TO g'; END;\n"
                          "/\n"
                          "EXEC('GRANT h TO i'); EXECUTE format('GRANT %I TO j', k); /*!50003 "
                          "CREATE USER l */;\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'create role'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'b'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'd'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'e'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'f'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'g'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'h'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'i'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'%I'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'j'\n"
                          "    {}\n"
                          "      statement=s'create user'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'l'\n");
        tree_assert_shape("sql",
                          "DECLARE @q nvarchar(max) = N'ALTER ROLE r ADD MEMBER [x]';\n"
                          "EXEC sp_executesql @q;\n"
                          "SET @s = 'GRANT y TO z', @t = 'it''s';",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'alter role'\n"
                          "      accounts=[]\n"
                          "        {}\n"
                          "          name=s'r'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'r'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'x'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'y'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'z'\n");
}

static void what_is_no_statement_is_skipped(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "-- GRANT a TO b;\n"
                          "/* GRANT a TO b; */ SELECT 'GRANT a TO b;' || \"GRANT\";\n"
                          "COMMENT ON x IS $t$\n"
                          "GRANT a TO b; $t$;\n"
                          "\\echo it's\n"
                          "PROMPT it's GRANT a TO b\n"
                          "INSERT INTO t VALUES (1, 'x\n"
                          "GRANT a TO b;\n"
                          "', -2, 'it''s');\n"
                          "COPY t FROM stdin;\n"
                          "GRANT a TO b;\n"
                          "\\.\n"
                          "GRANT c TO d;\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'c'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n");
        tree_assert_shape("sql",
                          "INSERT INTO `t` VALUES ('it\\'s; GRANT a TO b;'); # it's\n"
                          "GRANT c TO d;",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'c'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n");
        tree_assert_shape("sql", "INSERT INTO t VALUES ('it\\'s', 'a\\\\'); GRANT c TO d;",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'c'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n");
        tree_assert_shape("sql",
                          "INSERT INTO t VALUES (1)\n"
                          "\n"
                          "GO\n"
                          "GRANT c TO d\n"
                          "INSERT INTO t VALUES (2)\n"
                          "GRANT e TO f\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'c'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'e'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'f'\n");
        tree_assert_shape("sql",
                          "SELECT 'C:\\';\n"
                          "GRANT c TO d;\n"
                          "SELECT a[1], $1, ARRAY['x'];GRANT ALL ON x\n"
                          "GRANT e TO f WITH\n"
                          "ADMIN OPTION;",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'c'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'd'\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      roles=[]\n"
                          "        s'e'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s'f'\n"
                          "      admin_option=b'true'\n");
}

static void names_may_be_templates(void **state)
{
        (void)state;
        tree_assert_shape("sql",
                          "GRANT {{ p }} ON {{ s }}.t_${x}_y TO :user, ${U}, $(v), &w, %I, ?;\n",
                          "{}\n"
                          "  statements=[]\n"
                          "    {}\n"
                          "      statement=s'grant'\n"
                          "      privileges=[]\n"
                          "        s'{{ p }}'\n"
                          "      objects=[]\n"
                          "        s'{{ s }}.t_${x}_y'\n"
                          "      grantees=[]\n"
                          "        {}\n"
                          "          name=s':user'\n"
                          "        {}\n"
                          "          name=s'${U}'\n"
                          "        {}\n"
                          "          name=s'$(v)'\n"
                          "        {}\n"
                          "          name=s'&w'\n"
                          "        {}\n"
                          "          name=s'%I'\n"
                          "        {}\n"
                          "          name=s'?'\n");
}

static void what_has_no_end_is_the_error_and_the_rest_is_read(void **state)
{
        (void)state;
        tree_assert_bad("sql",
                        "SELECT 'a;\n"
                        "GRANT b TO c;\n",
                        1, 8);
        tree_assert_bad("sql", "/* a", 1, 1);
        tree_assert_bad("sql", "SELECT 1 $x$ a", 1, 10);
        tree_assert_bad("sql", "GRANT a TO \"b", 1, 12);
        tree_assert_bad("sql",
                        "COPY t FROM stdin;\n"
                        "1\n",
                        1, 19);
        tree_assert_shape("sql", "",
                          "{}\n"
                          "  statements=[]\n");
        rest_is_read();
        tree_assert_sturdy("sql",
                           "GRANT a (b) ON TABLE s.\"t\" TO `c`@'%', ROLE d WITH GRANT OPTION;\n"
                           "/*!1 ALTER ROLE [e] ADD MEMBER f */\n"
                           "DO $x$ BEGIN EXECUTE E'GRANT \\' g'; END $x$;\n"
                           "COPY t FROM stdin;\n"
                           "1\n"
                           "\\.\n"
                           "CREATE POLICY p ON t USING ((true));");
        tree_assert_bounded("sql", "GRANT a ON TABLE s.t TO c@h WITH GRANT OPTION;\n"
                                   "CREATE ROLE r SUPERUSER PASSWORD 'x' IN ROLE g;\n"
                                   "CREATE POLICY p ON t USING (true);\n"
                                   "CREATE FUNCTION f() AS $$ GRANT x TO y $$ SECURITY DEFINER;\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grants_name_privileges_objects_and_grantees),
                cmocka_unit_test(grants_of_roles_are_told_apart),
                cmocka_unit_test(grants_of_sql_server_need_no_semicolon),
                cmocka_unit_test(grants_of_other_databases),
                cmocka_unit_test(default_privileges_are_grants),
                cmocka_unit_test(roles_have_options),
                cmocka_unit_test(passwords_are_told_not_kept),
                cmocka_unit_test(row_policies_have_conditions),
                cmocka_unit_test(functions_tell_whose_rights_they_have),
                cmocka_unit_test(statements_stand_in_blocks_and_strings),
                cmocka_unit_test(what_is_no_statement_is_skipped),
                cmocka_unit_test(names_may_be_templates),
                cmocka_unit_test(what_has_no_end_is_the_error_and_the_rest_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
