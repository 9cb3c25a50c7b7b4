/* SPDX-FileCopyrightText: giad maintainers */
#include <errno.h>
#include <string.h>

#include "detectors/formats/format.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* What there is of a tree of which the end is missing. */
static void assert_read(const char *data, const char *expected)
{
        _cleanup_(doc_freep) struct doc *d = NULL;
        struct doc_error error;

        assert_int_equal(tree_parse("xml", data, strlen(data), &d, &error), -EBADMSG);
        tree_assert_consistent(doc_root(d), strlen(data));
        char *shape = tree_shape(doc_root(d));
        assert_string_equal(shape, expected);
        free(shape);
}

static void elements_are_mappings(void **state)
{
        (void)state;
        tree_assert("xml",
                    "<?xml version=\"1.0\"?>\n"
                    "<m:a xmlns:m=\"urn:x\" m:b=\"c\" d = 'e'>\n"
                    "  text\n"
                    "  <f/>\n"
                    "  <m:f g=\"h\">i</m:f >\n"
                    "</m:a>\n",
                    "{} 1:1-6 0+103\n"
                    "  a=block{} 2:1-6 22+80 key 2:2\n"
                    "    @b=q'c' 2:26-2 47+3 key 2:22\n"
                    "    @d=q'e' 2:34-2 55+3 key 2:30\n"
                    "    f=[] 4:3-5 69+0 key 4:4\n"
                    "      block{} 4:3-4 69+4\n"
                    "      block{} 5:3-5 76+19\n"
                    "        @g=q'h' 5:10-5 83+3 key 5:8\n"
                    "        #text=s'i' 5:14-5 87+1 key 0:0\n"
                    "    #text=s'text' 3:3-3 62+4 key 0:0\n");
}

static void texts_are_put_together(void **state)
{
        (void)state;
        tree_assert_shape("xml",
                          "<a> x <!-- c -->y<b>z</b>\r\n"
                          " <![CDATA[<&lt;>]]> </a>",
                          "{}\n"
                          "  a=block{}\n"
                          "    b=block{}\n"
                          "      #text=s'z'\n"
                          "    #text=s'x y\r\\n <&lt;>'\n");
        tree_assert_shape("xml",
                          "<a>\n"
                          " \n"
                          "</a>",
                          "{}\n"
                          "  a=block{}\n");
        tree_assert("xml",
                    "<a>\n"
                    "  {\"b\": [1]}\n"
                    "</a>",
                    "{} 1:1-3 0+21\n"
                    "  a=block{} 1:1-3 0+21 key 1:2\n"
                    "    #text=s'{\"b\": [1]}' 2:3-2 6+10 key 0:0\n");
}

static void references_are_replaced(void **state)
{
        (void)state;
        tree_assert_shape("xml",
                          "<a b='&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x20ac;'>&amp;lt; & &b</a>",
                          "{}\n"
                          "  a=block{}\n"
                          "    @b=q'<>&\"'AB€'\n"
                          "    #text=s'&lt; & &b'\n");
        tree_assert_shape("xml", "<a b='&c;'>&d; e</a>",
                          "{}\n"
                          "  a=block{}\n"
                          "    @b=U'&c;'\n"
                          "    #text=u'&d; e'\n");
        tree_assert_shape("xml",
                          "<!DOCTYPE a SYSTEM \"x.dtd\" [\n"
                          "  <!-- ' ]> -->\n"
                          "  <!ENTITY role \"manager-gui\">\n"
                          "  <!ENTITY two \"&role;&role;\">\n"
                          "  <!ENTITY % p \"q\">\n"
                          "  <!ENTITY file SYSTEM \"file:///etc/passwd\">\n"
                          "  <?x ]>?>\n"
                          "]>\n"
                          "<a b=\"x,&role;\" c=\"&two;\">&role;<d>&file;</d></a>",
                          "{}\n"
                          "  a=block{}\n"
                          "    @b=q'x,manager-gui'\n"
                          "    @c=U'&two;'\n"
                          "    d=block{}\n"
                          "      #text=u'&file;'\n"
                          "    #text=s'manager-gui'\n");
}

static void a_fragment_may_have_several_elements(void **state)
{
        (void)state;
        tree_assert_shape("xml",
                          "<!-- two -->\n"
                          "<a/>\n"
                          "<a b=\"c\"/>\n"
                          "<d/>",
                          "{}\n"
                          "  a=[]\n"
                          "    block{}\n"
                          "    block{}\n"
                          "      @b=q'c'\n"
                          "  d=block{}\n");
}

static void bytes_stay_as_they_are(void **state)
{
        (void)state;
        tree_assert_shape("xml", "﻿<größe>é</größe>",
                          "{}\n"
                          "  größe=block{}\n"
                          "    #text=s'é'\n");
}

static void what_is_cut_or_wrong_is_read_as_far_as_it_goes(void **state)
{
        (void)state;
        tree_assert_bad("xml", "<a><b>c</b><d e=\"f\">g", 1, 22);
        assert_read("<a><b>c</b><d e=\"f\">g", "{}\n"
                                               "  a=block{}\n"
                                               "    b=block{}\n"
                                               "      #text=s'c'\n"
                                               "    d=block{}\n"
                                               "      @e=q'f'\n"
                                               "      #text=s'g'\n");
        tree_assert_bad("xml", "<a><b>c</a>", 1, 8);
        assert_read("<a><b>c</a>", "{}\n"
                                   "  a=block{}\n"
                                   "    b=block{}\n"
                                   "      #text=s'c'\n");
        tree_assert_bad("xml", "<a b=c/>", 1, 6);
        assert_read("<a b=c/>", "{}\n"
                                "  a=block{}\n");
        tree_assert_bad("xml", "<a b=\"c", 1, 6);
        assert_read("<a b=\"c", "{}\n"
                                "  a=block{}\n");
        tree_assert_bad("xml", "<a><b c></a>", 1, 7);
        assert_read("<a><b c></a>", "{}\n"
                                    "  a=block{}\n"
                                    "    b=block{}\n");
        tree_assert_bad("xml",
                        "<a/>\n"
                        "x",
                        2, 1);
        assert_read("<a/>\n"
                    "x",
                    "{}\n"
                    "  a=block{}\n");
        tree_assert_bad("xml", "<a><!-- b</a>", 1, 4);
        assert_read("<a><!-- b</a>", "{}\n"
                                     "  a=block{}\n");
        tree_assert_bad("xml", "<a><![CDATA[b</a>", 1, 18);
        assert_read("<a><![CDATA[b</a>", "{}\n"
                                         "  a=block{}\n"
                                         "    #text=s'b</a>'\n");
        tree_assert_bad("xml", "<!DOCTYPE a [<a/>", 1, 1);
        assert_read("<!DOCTYPE a [<a/>", "{}\n");
        tree_assert_bad("xml", "<a>1 < 2</a>", 1, 6);
        assert_read("<a>1 < 2</a>", "{}\n"
                                    "  a=block{}\n"
                                    "    #text=s'1'\n");
        tree_assert_bad("xml", "</a>", 1, 1);
        assert_read("</a>", "{}\n");
}

static void no_text_is_too_much_for_it(void **state)
{
        (void)state;
        static const char data[] =
                "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b \"c\"> <!-- d -->]>\n"
                "<e:f g='&b;&#65;' h=\"i\">j<k/>&b; <![CDATA[l]]><k>{\"m\": 1}</k><!-- n "
                "--></e:f>\n";

        tree_assert_sturdy("xml", data);
        tree_assert_bounded("xml", data);
}

static void what_a_file_is_says_it_itself(void **state)
{
        (void)state;
        static const char bus[] = "<!DOCTYPE busconfig>\n<busconfig/>\n";
        static const char plain[] = "<configuration/>", apache[] = "<VirtualHost *:80>\n";
        static const char declared[] = "\xef\xbb\xbf<?xml version='1.0'?><a/>";

        assert_ptr_equal(format_guess("system.d/a.conf", bus, strlen(bus)), &format_xml);
        assert_ptr_equal(format_guess("Web.config", plain, strlen(plain)), &format_xml);
        assert_ptr_equal(format_guess("a.conf", apache, strlen(apache)), &format_ini);
        assert_ptr_equal(format_guess("a.wsdl", declared, strlen(declared)), &format_xml);
        assert_null(format_guess("a.svg", declared, strlen(declared)));
        assert_null(format_guess("a.config", apache, strlen(apache)));
        assert_ptr_equal(format_guess("web.xml", apache, strlen(apache)), &format_xml);
        assert_null(format_guess("index", "<!DOCTYPE html>", 15));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(elements_are_mappings),
                cmocka_unit_test(texts_are_put_together),
                cmocka_unit_test(references_are_replaced),
                cmocka_unit_test(a_fragment_may_have_several_elements),
                cmocka_unit_test(bytes_stay_as_they_are),
                cmocka_unit_test(what_is_cut_or_wrong_is_read_as_far_as_it_goes),
                cmocka_unit_test(no_text_is_too_much_for_it),
                cmocka_unit_test(what_a_file_is_says_it_itself),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
