/* SPDX-FileCopyrightText: giad maintainers */
/*
 * Owns: org.varlink.service, by which a generic client asks what there is.
 * Does not own: the other interface, which is the manager's, and what its lines mean (interface.c).
 */
#include "daemon/control/introspect.h"

#include <string.h>

#include "common/base/buffer.h"
#include "daemon/control/interface.h"

/* As varlink lays down. */
static const struct control_line service_lines[] = {
        {CONTROL_METHOD, "GetInfo", NULL, "What answers here, and which interfaces it has"},
        {CONTROL_OUT, "vendor", "string", NULL},
        {CONTROL_OUT, "product", "string", NULL},
        {CONTROL_OUT, "version", "string", NULL},
        {CONTROL_OUT, "url", "string", NULL},
        {CONTROL_OUT, "interfaces", "[]string", NULL},
        {CONTROL_METHOD, "GetInterfaceDescription", NULL, "The definition of an interface"},
        {CONTROL_IN, "interface", "string", NULL},
        {CONTROL_OUT, "description", "string", NULL},
        {CONTROL_ERROR, "InterfaceNotFound", NULL, "There is no such interface"},
        {CONTROL_MEMBER, "interface", "string", NULL},
        {CONTROL_ERROR, "MethodNotFound", NULL, "The interface has no such method"},
        {CONTROL_MEMBER, "method", "string", NULL},
        {CONTROL_ERROR, "MethodNotImplemented", NULL, "It has, but not here"},
        {CONTROL_MEMBER, "method", "string", NULL},
        {CONTROL_ERROR, "InvalidParameter", NULL,
         "This parameter is unknown, missing, there twice, or not of its type"},
        {CONTROL_MEMBER, "parameter", "string", NULL},
        {CONTROL_ERROR, "PermissionDenied", NULL, "Who asks may not call this method"},
        {CONTROL_ERROR, "ExpectedMore", NULL,
         "The method has more than one reply, which was not asked for"},
};

static const struct control_interface service = {
        INTROSPECT_INTERFACE,
        "The interface that every varlink service has",
        service_lines,
        ELEMENTSOF(service_lines),
};

static cJSON *object_with(const char *name, const char *value)
{
        cJSON *o = cJSON_CreateObject();

        if (o && cJSON_AddStringToObject(o, name, value))
                return o;
        cJSON_Delete(o);
        return NULL;
}

static cJSON *get_info(void)
{
        static const char *const interfaces[] = {INTROSPECT_INTERFACE, CONTROL_INTERFACE};
        cJSON *o = object_with("vendor", "giad"),
              *list = cJSON_CreateStringArray(interfaces, ELEMENTSOF(interfaces));

        if (o && list && cJSON_AddStringToObject(o, "product", "giad") &&
            cJSON_AddStringToObject(o, "version", PACKAGE_VERSION) &&
            cJSON_AddStringToObject(o, "url", "man:giad(8)") &&
            cJSON_AddItemToObject(o, "interfaces", list))
                return o;
        cJSON_Delete(list);
        cJSON_Delete(o);
        return NULL;
}

static int answer_error(const char *error, const char *key, const char *value,
                        const char **ret_error, cJSON **ret)
{
        *ret_error = error;
        *ret = object_with(key, value);
        return *ret ? INTROSPECT_ERROR : -ENOMEM;
}

static int get_description(const cJSON *parameters, const struct control_interface *control,
                           const char **ret_error, cJSON **ret)
{
        const char *name =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(parameters, "interface"));
        const struct control_interface *found = strcmp(name, service.name) == 0    ? &service
                                                : strcmp(name, control->name) == 0 ? control
                                                                                   : NULL;
        _cleanup_buffer_ struct buffer text = BUFFER_NULL;

        if (!found)
                return answer_error(INTROSPECT_INTERFACE ".InterfaceNotFound", "interface", name,
                                    ret_error, ret);
        interface_describe(found, &text);
        if (text.error)
                return text.error;
        *ret = object_with("description", text.data);
        return *ret ? 0 : -ENOMEM;
}

int introspect_call(const char *method, const cJSON *parameters,
                    const struct control_interface *control, const char **ret_error,
                    cJSON **ret_parameters)
{
        bool info = strcmp(method, "GetInfo") == 0;
        const char *bad;

        if (!info && strcmp(method, "GetInterfaceDescription") != 0) {
                char name[256];

                (void)snprintf(name, sizeof(name), INTROSPECT_INTERFACE ".%.200s", method);
                return answer_error(INTROSPECT_INTERFACE ".MethodNotFound", "method", name,
                                    ret_error, ret_parameters);
        }
        if (interface_check(&service, method, parameters, &bad) > 0)
                return answer_error(INTROSPECT_INTERFACE ".InvalidParameter", "parameter", bad,
                                    ret_error, ret_parameters);
        if (!info)
                return get_description(parameters, control, ret_error, ret_parameters);
        *ret_parameters = get_info();
        return *ret_parameters ? 0 : -ENOMEM;
}
